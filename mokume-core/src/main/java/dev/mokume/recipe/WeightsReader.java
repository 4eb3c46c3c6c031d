package dev.mokume.recipe;

import dev.mokume.internal.yaml.Form;
import dev.mokume.recipe.NamedParts.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Reads expressions for weights. Defaults are those of the nodes that the methods come from;
/// `alpha` has one only where its method's page gives one.
final class WeightsReader {
  static final Form WEIGHTED_SUM = Form.of("weighted_sum", "a b alpha", "mask");
  static final Form INTERPOLATE = Form.of("interpolate", "method a b alpha", "mask");
  static final Form TERM = Form.of("a term of sum", "of weight", "");
  static final Form LINEAR = Form.of("linear", "models", "normalize");
  static final Form LINEAR_MODEL = Form.of("a model of linear", "of weight", "");
  static final Form FISHER = Form.of("fisher", "models", "normalize minimum");
  static final Form FISHER_MODEL = Form.of("a model of fisher", "of information", "weight");
  static final Form ADD_DIFFERENCE = Form.of("add_difference", "a b base", "alpha");
  static final Form DARE =
      Form.of("dare", "a b alpha", "drop_rate vote rescale seed iterations method mask");
  static final Form CLIP_SIMPLE = Form.of("clip_simple", "a b", "alpha ratio");
  static final Form CLIP_DARE =
      Form.of("clip_dare", "a b alpha", "drop_rate vote rescale seed iterations method");
  static final Form COSINE_A = Form.of(Likeness.DIRECTIONS.method(), "a b alpha", "");
  static final Form COSINE_B = Form.of(Likeness.TENSORS.method(), "a b alpha", "");
  static final Form NORMALIZE = Form.of("normalize", "model reference", "method magnify");
  static final Form NOISE =
      Form.of("noise", "model", "kind mean deviation alpha seed layers method mask");
  static final Form EXCEPT = Form.of("except", "first merged suffixes", "");

  static final Form CHOICE = Form.of("choice", "cases otherwise", "");
  static final Form CASE = Form.of("a case of choice", "tensors weights", "");

  static final Form LORA = Form.of("lora", "model file", "strength strict trained_on");

  static final List<Form> FORMS =
      Stream.concat(ownForms().stream(), otherForms().stream()).toList();

  static final List<String> METHODS =
      Stream.concat(ownMethods().stream(), otherForms().stream().map(Form::name)).toList();

  /// Of methods that other classes read.
  private static List<Form> otherForms() {
    return Stream.concat(
            Arrays.stream(TaskVectorMethod.values()).map(DeltaReader::form),
            CombinationReader.FORMS.stream())
        .toList();
  }

  private static List<Form> ownForms() {
    return List.of(
        WEIGHTED_SUM,
        LINEAR,
        FISHER,
        INTERPOLATE,
        ADD_DIFFERENCE,
        DeltaReader.ADD_DELTA,
        DeltaReader.SPARSE_MODEL,
        DARE,
        CLIP_SIMPLE,
        CLIP_DARE,
        COSINE_A,
        COSINE_B,
        NORMALIZE,
        NOISE,
        EXCEPT,
        CHOICE,
        LORA,
        FederatedReader.FEDERATED);
  }

  private static List<String> ownMethods() {
    return List.of(
        "weighted_sum",
        "sum",
        "linear",
        "fisher",
        "interpolate",
        "add_difference",
        "add_delta",
        "sparse",
        "dare",
        "clip_simple",
        "clip_dare",
        "cosine_a",
        "cosine_b",
        "normalize",
        "noise",
        "except",
        "choice",
        "rounded",
        "lora",
        "federated");
  }

  private static final Weights NONE = new Weights.Source("");

  private final Reading reading;
  private final AppliedReader applied;

  WeightsReader(Reading reading) {
    this.reading = reading;
    this.applied = new AppliedReader(reading);
  }

  /// @param what the key whose value `node` is
  Weights read(Node node, String what) {
    reading.enter(node);
    Weights weights = node instanceof ScalarNode ? named(node, what) : expression(node, what);
    reading.leave();
    return weights;
  }

  private Weights named(Node node, String what) {
    String name = reading.text(node, what);
    if (name.isEmpty()) {
      return NONE;
    }
    Optional<Kind> kind = reading.parts.use(node, what, name, Kind.MODEL, Kind.WEIGHTS);
    return kind.equals(Optional.of(Kind.WEIGHTS))
        ? new Weights.Named(name)
        : new Weights.Source(name);
  }

  private Weights expression(Node node, String what) {
    Optional<Expression> expression =
        Expression.of(reading, node, what, "weights", METHODS, applied.methods(), List.of());
    if (expression.isEmpty()) {
      return NONE;
    }
    Node argument = expression.get().argument();
    Optional<TaskVectorMethod> taskVectors = DeltaReader.method(expression.get().method());
    if (taskVectors.isPresent()) {
      return reading.deltas.read(taskVectors.get(), argument);
    }
    return switch (expression.get().method()) {
      case "weighted_sum" -> weightedSum(Fields.of(reading, argument, WEIGHTED_SUM));
      case "sum" -> new Weights.Sum(terms(argument, "sum", TERM), false);
      case "linear" -> {
        Fields fields = Fields.of(reading, argument, LINEAR);
        Node models = fields.get("models");
        yield models == null
            ? NONE
            : new Weights.Sum(
                terms(models, "models", LINEAR_MODEL), fields.bool("normalize", true));
      }
      case "fisher" -> fisher(Fields.of(reading, argument, FISHER));
      case "add_delta" -> reading.deltas.addDelta(argument);
      case "sparse" -> reading.deltas.sparse(argument);
      case "interpolate" -> interpolate(Fields.of(reading, argument, INTERPOLATE));
      case "add_difference" -> addDifference(Fields.of(reading, argument, ADD_DIFFERENCE));
      case "dare" -> {
        Fields fields = Fields.of(reading, argument, DARE);
        yield dare(fields, 1, fields.mask("mask"));
      }
      case "clip_simple" -> clipSimple(Fields.of(reading, argument, CLIP_SIMPLE), argument);
      case "clip_dare" -> {
        Weights.Dare dare = dare(Fields.of(reading, argument, CLIP_DARE), 42, Optional.empty());
        yield new Weights.Except(dare.a(), dare, Weights.CLIP_BUFFERS);
      }
      case "cosine_a" -> byLikeness(Fields.of(reading, argument, COSINE_A), Likeness.DIRECTIONS);
      case "cosine_b" -> byLikeness(Fields.of(reading, argument, COSINE_B), Likeness.TENSORS);
      case "normalize" -> normalize(Fields.of(reading, argument, NORMALIZE));
      case "noise" -> noise(Fields.of(reading, argument, NOISE));
      case "except" -> except(Fields.of(reading, argument, EXCEPT));
      case "choice" -> choice(Fields.of(reading, argument, CHOICE));
      case "lora" -> lora(Fields.of(reading, argument, LORA));
      case "federated" -> new FederatedReader(reading).read(argument).orElse(NONE);
      case "rounded" -> new Weights.Rounded(read(argument, "rounded"));
      case String method ->
          applied.methods().contains(method)
              ? applied.read(method, argument)
              : new CombinationReader(reading).read(method, argument);
    };
  }

  private static Weights weightedSum(Fields fields) {
    return new Weights.Interpolate(
        Interpolation.LINEAR,
        fields.weights("a"),
        fields.weights("b"),
        fields.ratio("alpha", 0),
        fields.mask("mask"));
  }

  private static Weights interpolate(Fields fields) {
    return new Weights.Interpolate(
        fields.interpolation("method"),
        fields.weights("a"),
        fields.weights("b"),
        fields.ratio("alpha", 0),
        fields.mask("mask"));
  }

  private List<Weights.Term> terms(Node node, String what, Form form) {
    if (!(node instanceof SequenceNode list) || list.getValue().isEmpty()) {
      reading.problem(
          node,
          what
              + " must be a list of terms like {of: a, weight: 0.5} but is "
              + (node instanceof SequenceNode ? "empty" : Reading.describe(node)));
      return List.of(new Weights.Term(NONE, 0));
    }
    List<Weights.Term> terms = new ArrayList<>();
    for (Node item : list.getValue()) {
      Fields fields = Fields.of(reading, item, form);
      terms.add(new Weights.Term(fields.weights("of"), fields.ratio("weight", 0)));
    }
    return terms;
  }

  private Weights fisher(Fields fields) {
    Node models = fields.get("models");
    if (models == null) {
      return NONE;
    }
    if (!(models instanceof SequenceNode list) || list.getValue().isEmpty()) {
      reading.problem(
          models,
          "models must be a list of models like {of: a, information: fisher_a} but is "
              + (models instanceof SequenceNode ? "empty" : Reading.describe(models)));
      return NONE;
    }
    List<Weights.Informed> informed = new ArrayList<>();
    for (Node item : list.getValue()) {
      Fields own = Fields.of(reading, item, FISHER_MODEL);
      informed.add(
          new Weights.Informed(
              own.weights("of"), own.weights("information"), own.ratio("weight", 1)));
    }
    return new Weights.Fisher(
        informed,
        fields.bool("normalize", true),
        fields.ratio(Quantity.MINIMUM, Weights.Fisher.MINIMUM));
  }

  private static Weights addDifference(Fields fields) {
    return new Weights.AddDelta(
        fields.weights("a"),
        new Delta.Difference(fields.weights("b"), fields.weights("base")),
        fields.ratio("alpha", 1));
  }

  private static Weights.Dare dare(Fields fields, long seed, Optional<Mask> mask) {
    SparseUpdate update =
        new SparseUpdate(
            fields.ratio(Quantity.DROP_RATE, 0.9),
            fields.choice("vote", SparseUpdate.Vote.SUM, SparseUpdate.Vote.values()),
            fields.bool("rescale", false),
            fields.seed("seed", seed));
    return new Weights.Dare(
        fields.weights("a"),
        fields.weights("b"),
        fields.ratio("alpha", 0),
        update,
        fields.ratio(Quantity.ITERATIONS, 1),
        fields.interpolation("method"),
        mask);
  }

  /// `ratio` is the word of the method's published page for what is alpha everywhere else.
  private Weights clipSimple(Fields fields, Node node) {
    if (fields.has("alpha") && fields.has("ratio")) {
      reading.problem(
          node,
          "clip_simple has both alpha and ratio, which are two words for one number; leave one"
              + " out");
    }
    Ratio alpha = fields.ratio(fields.has("ratio") ? Quantity.RATIO : Quantity.ALPHA, 1);
    Weights a = fields.weights("a");
    Weights merged =
        new Weights.Interpolate(
            Interpolation.LINEAR, a, fields.weights("b"), alpha, Optional.empty());
    return new Weights.Except(a, merged, Weights.CLIP_BUFFERS);
  }

  private Weights lora(Fields fields) {
    Weights model = fields.weights("model");
    Node trainedOn = fields.get("trained_on");
    Optional<String> origin = Optional.empty();
    if (trainedOn != null && model instanceof Weights.Source) {
      String name = reading.text(trainedOn, "trained_on");
      reading.parts.use(trainedOn, "trained_on", name, Kind.MODEL);
      origin = Optional.of(name);
    } else if (trainedOn != null) {
      reading.problem(
          trainedOn,
          "trained_on names the model of a stack that the LoRA is for, but model is no stack here");
    }
    return new Weights.Adapted(
        model,
        fields.path("file"),
        fields.ratio("strength", 1),
        fields.bool("strict", false),
        origin);
  }

  private static Weights byLikeness(Fields fields, Likeness likeness) {
    return new Weights.ByLikeness(
        fields.weights("a"), fields.weights("b"), fields.ratio("alpha", 0), likeness);
  }

  private static Weights normalize(Fields fields) {
    return new Weights.Normalize(
        fields.weights("model"),
        fields.weights("reference"),
        fields.choice("method", Normalization.ATTN_ONLY, Normalization.values()),
        fields.bool("magnify", false));
  }

  private enum NoiseKind {
    GAUSSIAN,
    UNIFORM
  }

  private Weights noise(Fields fields) {
    NoiseKind kind = fields.choice("kind", NoiseKind.GAUSSIAN, NoiseKind.values());
    Ratio mean = fields.ratio(Quantity.MEAN, 0.05);
    Ratio deviation = fields.ratio(Quantity.DEVIATION, 0.01);
    if (kind == NoiseKind.UNIFORM) {
      for (String key : List.of("mean", "deviation")) {
        Node node = fields.get(key);
        if (node != null) {
          reading.problem(
              node, "noise of kind uniform has no " + key + "; it goes with kind gaussian");
        }
      }
    }
    return new Weights.InjectNoise(
        fields.weights("model"),
        switch (kind) {
          case GAUSSIAN -> new Noise.Gaussian(mean, deviation);
          case UNIFORM -> new Noise.Uniform();
        },
        fields.ratio(Quantity.NOISE, 0.02),
        fields.seed("seed", 1),
        fields.text("layers", "*.to_v*"),
        fields.interpolation("method"),
        fields.mask("mask"));
  }

  private Weights except(Fields fields) {
    List<String> suffixes = texts(fields.get("suffixes"), "suffixes", "a suffix", "name endings");
    return new Weights.Except(fields.weights("first"), fields.weights("merged"), suffixes);
  }

  private Weights choice(Fields fields) {
    List<Weights.Case> cases = new ArrayList<>();
    Node node = fields.get("cases");
    if (node instanceof SequenceNode list) {
      for (Node item : list.getValue()) {
        Fields one = Fields.of(reading, item, CASE);
        List<String> tensors =
            texts(one.get("tensors"), "tensors", "a tensor", "names or beginnings of names");
        cases.add(new Weights.Case(tensors, one.weights("weights")));
      }
    } else if (node != null) {
      reading.problem(
          node,
          "cases must be a list like [{tensors: [model.layers.0], weights: a}] but is "
              + Reading.describe(node));
    }
    return new Weights.Choice(cases, fields.weights("otherwise"));
  }

  private List<String> texts(@Nullable Node node, String what, String item, String kind) {
    List<String> texts = new ArrayList<>();
    if (node instanceof SequenceNode list) {
      list.getValue().forEach(text -> texts.add(reading.text(text, item)));
    } else if (node != null) {
      reading.problem(
          node, "%s must be a list of %s but is %s".formatted(what, kind, Reading.describe(node)));
    }
    return texts;
  }
}
