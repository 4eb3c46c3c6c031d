package dev.mokume.recipe;

import dev.mokume.internal.yaml.Form;
import dev.mokume.recipe.NamedParts.Kind;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Reads expressions for masks.
final class MaskReader {
  static final Form MAGNITUDE = Form.of("magnitude", "a b threshold", "quantile chunk select");
  static final Form RANDOM = Form.of("random", "model clear_share", "seed");
  static final Form GAUSSIAN = Form.of("gaussian", "model mean deviation", "seed");
  static final Form QUARTER = Form.of("quarter", "model quarter", "seed before");
  static final Form CONSTANT = Form.of("constant", "model value", "");
  static final Form EDIT = Form.of("edit", "mask layers fill", "seed");
  static final Form RANDOM_FILL = Form.of("random", "clear_share", "");
  static final Form GAUSSIAN_FILL = Form.of("gaussian", "mean deviation", "");

  static final List<Form> FORMS = List.of(MAGNITUDE, RANDOM, GAUSSIAN, QUARTER, CONSTANT, EDIT);

  static final List<String> METHODS =
      List.of(
          "magnitude",
          "file",
          "union",
          "intersect",
          "difference",
          "xor",
          "random",
          "gaussian",
          "quarter",
          "constant",
          "edit");

  private static final List<String> FILLS = List.of("constant", "random", "gaussian");
  private static final Mask NONE = new Mask.Named("");

  private final Reading reading;

  MaskReader(Reading reading) {
    this.reading = reading;
  }

  /// @param what the key whose value `node` is
  Mask read(Node node, String what) {
    reading.enter(node);
    Mask mask = node instanceof ScalarNode ? named(node, what) : expression(node, what);
    reading.leave();
    return mask;
  }

  private Mask named(Node node, String what) {
    String name = reading.text(node, what);
    if (!name.isEmpty()) {
      reading.parts.use(node, what, name, Kind.MASK);
    }
    return new Mask.Named(name);
  }

  private Mask expression(Node node, String what) {
    Optional<Expression> expression =
        Expression.of(reading, node, what, "a mask", METHODS, List.of());
    if (expression.isEmpty()) {
      return NONE;
    }
    String method = expression.get().method();
    Node argument = expression.get().argument();
    return switch (method) {
      case "magnitude" -> magnitude(Fields.of(reading, argument, MAGNITUDE));
      case "file" -> new Mask.Stored(reading.path(argument, "file"));
      case "union", "intersect", "difference", "xor" ->
          combined(Mask.SetOperation.valueOf(method.toUpperCase(Locale.ROOT)), argument, method);
      case "random" -> random(Fields.of(reading, argument, RANDOM));
      case "gaussian" -> gaussian(Fields.of(reading, argument, GAUSSIAN));
      case "quarter" -> quarter(Fields.of(reading, argument, QUARTER));
      case "constant" -> {
        Fields fields = Fields.of(reading, argument, CONSTANT);
        yield new Mask.Constant(fields.weights("model"), fields.bool("value", false));
      }
      case "edit" -> edit(Fields.of(reading, argument, EDIT));
      default -> throw new AssertionError(method);
    };
  }

  private static Mask magnitude(Fields fields) {
    return new Mask.Magnitude(
        fields.weights("a"),
        fields.weights("b"),
        fields.ratio(Quantity.THRESHOLD, 0),
        new Mask.Quantile(
            fields.choice("quantile", Mask.Quantile.Rule.EXACT, Mask.Quantile.Rule.values()),
            fields.integer("chunk", Mask.Quantile.REFERENCE_CHUNK, 1, Long.MAX_VALUE)),
        fields.choice("select", Mask.Select.BELOW, Mask.Select.values()));
  }

  private Mask combined(Mask.SetOperation operation, Node node, String what) {
    if (!(node instanceof SequenceNode list) || list.getValue().size() < 2) {
      reading.problem(node, "%s must be a list of two masks or more".formatted(what));
      return NONE;
    }
    Mask mask = read(list.getValue().getFirst(), what);
    for (Node next : list.getValue().subList(1, list.getValue().size())) {
      mask = new Mask.Combined(operation, mask, read(next, what));
    }
    return mask;
  }

  private static Mask random(Fields fields) {
    return new Mask.Random(
        fields.weights("model"), fields.ratio(Quantity.CLEAR_SHARE, 0), fields.seed("seed", 1));
  }

  private static Mask gaussian(Fields fields) {
    return new Mask.Gaussian(
        fields.weights("model"),
        fields.ratio(Quantity.MEAN, 0),
        fields.ratio(Quantity.DEVIATION, 0),
        fields.seed("seed", 1));
  }

  private static Mask quarter(Fields fields) {
    return new Mask.Quarter(
        fields.weights("model"),
        (int) fields.integer("quarter", 0, 0, 3),
        fields.seed("seed", 1),
        fields.has("before") ? OptionalLong.of(fields.seed("before", 0)) : OptionalLong.empty());
  }

  private Mask edit(Fields fields) {
    return new Mask.Edited(
        fields.mask("mask").orElse(NONE),
        fill(fields.get("fill")),
        fields.text("layers", ""),
        fields.seed("seed", 1));
  }

  private Mask.Fill fill(@Nullable Node node) {
    Mask.Fill none = new Mask.Fill.Constant(false);
    if (node == null) {
      return none;
    }
    Optional<Expression> expression =
        Expression.of(reading, node, "fill", "what fills the layers", FILLS, List.of());
    if (expression.isEmpty()) {
      return none;
    }
    Node argument = expression.get().argument();
    return switch (expression.get().method()) {
      case "constant" -> new Mask.Fill.Constant(reading.bool(argument, "constant"));
      case "random" ->
          new Mask.Fill.Random(
              Fields.of(reading, argument, RANDOM_FILL).ratio(Quantity.CLEAR_SHARE, 0));
      case "gaussian" -> {
        Fields fields = Fields.of(reading, argument, GAUSSIAN_FILL);
        yield new Mask.Fill.Gaussian(
            fields.ratio(Quantity.MEAN, 0), fields.ratio(Quantity.DEVIATION, 0));
      }
      default -> throw new AssertionError(expression.get().method());
    };
  }
}
