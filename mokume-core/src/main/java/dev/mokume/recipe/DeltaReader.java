package dev.mokume.recipe;

import dev.mokume.internal.yaml.Form;
import dev.mokume.internal.yaml.Range;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Reads task vectors: the methods that have names, and what they are made of.
final class DeltaReader {
  static final Form ADD_DELTA = Form.of("add_delta", "base delta", "scale");
  static final Form SPARSE_MODEL = Form.of("sparse", "model keep", "rescale");
  static final Form DIFFERENCE = Form.of("difference", "of base", "");
  static final Form SPARSE = Form.of("sparse", "delta keep", "rescale");
  static final Form COMBINED = Form.of("combined", "terms", "election normalize");
  static final Form TERM = Form.of("a term of combined", "delta weight", "");
  static final Form MAGNITUDE = Form.of("magnitude", "density", "");
  static final Form OUTLIERS = Form.of("outliers", "density", "gamma");
  static final Form ABOVE = Form.of("above", "drop_rate", "");
  static final Form OF_MODEL = Form.of("of_model", "drop_rate", "");
  static final Form RANDOM = Form.of("random", "density", "seed");
  static final Form RANKED = Form.of("ranked", "density", "epsilon seed");

  /// The forms of deltas and of what is kept of them.
  static final List<Form> FORMS =
      List.of(DIFFERENCE, SPARSE, COMBINED, MAGNITUDE, ABOVE, OF_MODEL, OUTLIERS, RANDOM, RANKED);

  static final List<String> KINDS = List.of("difference", "sparse", "combined");
  static final List<String> KEEPS =
      List.of("magnitude", "above", "of_model", "outliers", "random", "ranked");

  private static final Delta NONE =
      new Delta.Difference(new Weights.Source(""), new Weights.Source(""));

  private final Reading reading;

  DeltaReader(Reading reading) {
    this.reading = reading;
  }

  /// The keys of one of the methods that have names.
  static Form form(TaskVectorMethod method) {
    return Form.of(method.id(), "base models", "lambda normalize" + own(method) + seed(method));
  }

  /// The keys of one of its models; each is also a key of the method, for all models.
  static Form modelForm(TaskVectorMethod method) {
    return Form.of("a model of " + method.id(), "of", "weight" + spread(method));
  }

  private static String own(TaskVectorMethod method) {
    return switch (method.keep()) {
      case ALL -> " weight";
      case MAGNITUDE, RANDOM, OUTLIERS, RANKED -> " weight rescale" + spread(method);
    };
  }

  private static String spread(TaskVectorMethod method) {
    return switch (method.keep()) {
      case ALL -> "";
      case MAGNITUDE, RANDOM -> " density";
      case OUTLIERS -> " density gamma";
      case RANKED -> " density epsilon";
    };
  }

  private static String seed(TaskVectorMethod method) {
    return switch (method.keep()) {
      case ALL, MAGNITUDE, OUTLIERS -> "";
      case RANDOM, RANKED -> " seed";
    };
  }

  /// The method of that name, if it is one of task vectors.
  static Optional<TaskVectorMethod> method(String id) {
    return Arrays.stream(TaskVectorMethod.values())
        .filter(method -> method.id().equals(id))
        .findFirst();
  }

  Weights read(TaskVectorMethod method, Node node) {
    Fields fields = Fields.of(reading, node, form(method));
    Weights base = fields.weights("base");
    List<TaskVectorMethod.Part> parts = new ArrayList<>();
    for (Node item : items(fields.get("models"), method.id() + ": models", "models")) {
      parts.add(part(method, item, fields));
    }
    if (parts.isEmpty()) {
      return base;
    }
    return method.of(
        base,
        parts,
        fields.bool("normalize", method.normalises()),
        fields.choice("rescale", method.rescale(), Rescale.values()),
        fields.seed("seed", 1),
        fields.ratio("lambda", 1));
  }

  private TaskVectorMethod.Part part(TaskVectorMethod method, Node item, Fields all) {
    String spread = method.keep() == TaskVectorMethod.Keep.OUTLIERS ? "gamma" : "epsilon";
    Ratio weight = all.ratio("weight", 1);
    Ratio density = all.ratio("density", 1);
    Ratio range = all.ratio(spread, method.defaultSpread());
    if (item instanceof ScalarNode) {
      return new TaskVectorMethod.Part(
          reading.weights.read(item, "a model"), weight, density, range);
    }
    Fields own = Fields.of(reading, item, modelForm(method));
    return new TaskVectorMethod.Part(
        own.weights("of"),
        own.has("weight") ? own.ratio("weight", 1) : weight,
        own.has("density") ? own.ratio("density", 1) : density,
        own.has(spread) ? own.ratio(spread, 0) : range);
  }

  /// The items of a list that must not be empty; that it is missing was told before.
  private List<Node> items(@Nullable Node node, String what, String of) {
    if (node instanceof SequenceNode list && !list.getValue().isEmpty()) {
      return list.getValue();
    }
    if (node != null) {
      reading.problem(
          node,
          "%s must be a list of %s but is %s"
              .formatted(
                  what, of, node instanceof SequenceNode ? "empty" : Reading.describe(node)));
    }
    return List.of();
  }

  Weights addDelta(Node node) {
    Fields fields = Fields.of(reading, node, ADD_DELTA);
    Node delta = fields.get("delta");
    return new Weights.AddDelta(
        fields.weights("base"),
        delta == null ? NONE : read(delta, "delta"),
        fields.ratio("scale", 1));
  }

  private Delta read(Node node, String what) {
    reading.enter(node);
    Delta delta =
        Expression.of(reading, node, what, "a delta", KINDS, List.of())
            .map(this::expression)
            .orElse(NONE);
    reading.leave();
    return delta;
  }

  private Delta expression(Expression expression) {
    Node argument = expression.argument();
    return switch (expression.method()) {
      case "difference" -> {
        Fields fields = Fields.of(reading, argument, DIFFERENCE);
        yield new Delta.Difference(fields.weights("of"), fields.weights("base"));
      }
      case "sparse" -> {
        Fields fields = Fields.of(reading, argument, SPARSE);
        Node delta = fields.get("delta");
        Node keep = fields.get("keep");
        yield new Delta.Sparse(
            delta == null ? NONE : read(delta, "delta"),
            keep == null ? new Sparsify.Magnitude(new Ratio.Constant(1)) : keep(keep),
            fields.choice("rescale", Rescale.NONE, Rescale.values()));
      }
      case "combined" -> combined(argument);
      default -> throw new AssertionError(expression.method());
    };
  }

  private Delta combined(Node argument) {
    Fields fields = Fields.of(reading, argument, COMBINED);
    List<Delta.Term> terms = new ArrayList<>();
    for (Node item : items(fields.get("terms"), "terms", "deltas")) {
      Fields term = Fields.of(reading, item, TERM);
      Node delta = term.get("delta");
      terms.add(
          new Delta.Term(delta == null ? NONE : read(delta, "delta"), term.ratio("weight", 1)));
    }
    return terms.isEmpty()
        ? NONE
        : new Delta.Combined(
            terms,
            fields.choice("election", Delta.Election.NONE, Delta.Election.values()),
            fields.bool("normalize", false));
  }

  /// Weights of which only part is kept.
  Weights sparse(Node node) {
    Fields fields = Fields.of(reading, node, SPARSE_MODEL);
    Node keep = fields.get("keep");
    return new Weights.Sparse(
        fields.weights("model"),
        keep == null ? new Sparsify.Magnitude(new Ratio.Constant(1)) : keep(keep),
        fields.choice("rescale", Rescale.NONE, Rescale.values()));
  }

  private Sparsify keep(Node node) {
    return Expression.of(reading, node, "keep", "what is kept", KEEPS, List.of())
        .map(this::sparsify)
        .orElseGet(() -> new Sparsify.Magnitude(new Ratio.Constant(1)));
  }

  private Sparsify sparsify(Expression expression) {
    Node argument = expression.argument();
    return switch (expression.method()) {
      case "magnitude" ->
          new Sparsify.Magnitude(Fields.of(reading, argument, MAGNITUDE).ratio("density", 1));
      case "above" -> new Sparsify.Above(Fields.of(reading, argument, ABOVE).ratio("drop_rate", 0));
      case "of_model" ->
          new Sparsify.OfModel(
              Fields.of(reading, argument, OF_MODEL).number("drop_rate", 0, Range.SHARE));
      case "outliers" -> {
        Fields fields = Fields.of(reading, argument, OUTLIERS);
        yield new Sparsify.Outliers(
            fields.ratio("density", 1), fields.ratio("gamma", TaskVectorMethod.GAMMA));
      }
      case "random" -> {
        Fields fields = Fields.of(reading, argument, RANDOM);
        yield new Sparsify.Random(fields.ratio("density", 1), fields.seed("seed", 1));
      }
      case "ranked" -> {
        Fields fields = Fields.of(reading, argument, RANKED);
        yield new Sparsify.Ranked(
            fields.ratio("density", 1),
            fields.ratio("epsilon", TaskVectorMethod.EPSILON),
            fields.seed("seed", 1));
      }
      default -> throw new AssertionError(expression.method());
    };
  }
}
