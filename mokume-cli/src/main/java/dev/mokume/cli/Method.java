package dev.mokume.cli;

import static dev.mokume.cli.MethodOption.ALPHA;
import static dev.mokume.cli.MethodOption.BASE;
import static dev.mokume.cli.MethodOption.DENSITY;
import static dev.mokume.cli.MethodOption.DEVIATION;
import static dev.mokume.cli.MethodOption.DROP_RATE;
import static dev.mokume.cli.MethodOption.EPSILON;
import static dev.mokume.cli.MethodOption.GAIN;
import static dev.mokume.cli.MethodOption.GAMMA;
import static dev.mokume.cli.MethodOption.INTERPOLATION;
import static dev.mokume.cli.MethodOption.ITERATIONS;
import static dev.mokume.cli.MethodOption.LAMBDA;
import static dev.mokume.cli.MethodOption.LAYERS;
import static dev.mokume.cli.MethodOption.MAGNIFY;
import static dev.mokume.cli.MethodOption.MASK;
import static dev.mokume.cli.MethodOption.MEAN;
import static dev.mokume.cli.MethodOption.MOST;
import static dev.mokume.cli.MethodOption.NOISE;
import static dev.mokume.cli.MethodOption.NORMALIZE;
import static dev.mokume.cli.MethodOption.RESCALE;
import static dev.mokume.cli.MethodOption.SEED;
import static dev.mokume.cli.MethodOption.TOLERANCE;
import static dev.mokume.cli.MethodOption.VECTORS;
import static dev.mokume.cli.MethodOption.VOTE;
import static dev.mokume.cli.MethodOption.WEIGHTS;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Likeness;
import dev.mokume.recipe.Rescale;
import dev.mokume.recipe.TaskVectorMethod;
import dev.mokume.recipe.Weights;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What `--method` can name: a short name for a recipe of one expression. A row of what `mokume
/// methods` prints.
///
/// @param id as people type it
/// @param kind the shape of the expression
/// @param interpolation how two tensors are blended, where `--interpolation` does not say
/// @param fewestModels that it takes in order, `--base` not counted
/// @param mostModels that it takes
/// @param reach which components it changes, in words
/// @param formula what becomes of an element, in words
/// @param defaults the options of its own and what each is if it is not given; any other one of a
///   method is refused
/// @param source the paper or the tool that it comes from
/// @param example a command that uses it
record Method(
    String id,
    Kind kind,
    Interpolation interpolation,
    int fewestModels,
    int mostModels,
    String reach,
    String formula,
    Map<MethodOption, String> defaults,
    String source,
    String example) {
  private static final String WHOLE = "the whole model";
  private static final String MAIN = "the U-Net (or the language model)";
  private static final String TEXT = "the text encoders";
  private static final int MANY = 1000;
  private static final String NODE_PACK = "ComfyUI-DareMerge";
  private static final String MERGEKIT = "mergekit";

  /// What stands for an option that has to be given, and for one that may be left out.
  static final String NEEDED = "needed";

  static final String NONE = "none";

  /// How far nearswap moves an element.
  static final double REACH = 0.001;

  /// Options that give a number, which the options of curves may then give tensor by tensor.
  static final Set<MethodOption> NUMBERS =
      EnumSet.of(
          ALPHA,
          WEIGHTS,
          DENSITY,
          LAMBDA,
          GAMMA,
          EPSILON,
          DROP_RATE,
          ITERATIONS,
          MEAN,
          DEVIATION,
          TOLERANCE,
          MethodOption.REACH,
          GAIN,
          MOST);

  private static final Set<MethodOption> CURVES =
      EnumSet.of(
          MethodOption.MBW,
          MethodOption.PRESETS,
          MethodOption.GRADIENT,
          MethodOption.RATIO_FOR,
          MethodOption.ELEMENTAL);

  private static final List<Method> ALL = all();

  /// The shape of a method's expression.
  enum Kind {
    WEIGHTED_SUM,
    ADD_DIFFERENCE,
    TASK_VECTORS,
    BY_ANGLE,
    BY_ELEMENT,
    PASSTHROUGH,
    INTERPOLATE,
    BY_LIKENESS,
    DARE,
    CLIP_DARE,
    CLIP_SIMPLE,
    MASKED,
    NORMALIZE,
    NOISE
  }

  static List<Method> known() {
    return ALL;
  }

  static List<String> ids() {
    return ALL.stream().map(Method::id).toList();
  }

  /// Its own options, and those of curves if it has numbers.
  Set<MethodOption> options() {
    Set<MethodOption> options = EnumSet.noneOf(MethodOption.class);
    options.addAll(defaults.keySet());
    if (takesCurves()) {
      options.addAll(CURVES);
    }
    return options;
  }

  /// Whether it has numbers, which can differ from tensor to tensor.
  boolean takesCurves() {
    return defaults.keySet().stream().anyMatch(NUMBERS::contains);
  }

  boolean needsBase() {
    return NEEDED.equals(defaults.get(BASE));
  }

  /// The method of task vectors that it is, if it is one.
  Optional<TaskVectorMethod> taskVectors() {
    return List.of(TaskVectorMethod.values()).stream()
        .filter(method -> hyphenated(method.id()).equals(id))
        .findFirst();
  }

  /// @throws MokumeException `INVALID_RECIPE` for an unknown name; the message offers the nearest
  static Method parse(String text) {
    String id = hyphenated(text.strip());
    return ALL.stream()
        .filter(method -> method.id.equalsIgnoreCase(id))
        .findFirst()
        .orElseThrow(() ->
            new MokumeException(
                ErrorCode.INVALID_RECIPE,
                Problems.unknown("there is no method", text, ids())
                    + " 'mokume methods' explains them."));
  }

  /// Whether `text` names one of them.
  static boolean isKnown(String text) {
    String id = hyphenated(text.strip());
    return ALL.stream().anyMatch(method -> method.id.equalsIgnoreCase(id));
  }

  private static String hyphenated(String id) {
    return id.replace('_', '-');
  }

  private static List<Method> all() {
    List<Row> methods = new ArrayList<>();
    methods.add(
        row("weighted-sum", Kind.WEIGHTED_SUM)
            .models(2, MANY)
            .formula("(1 - alpha) A + alpha B; w1 A + w2 B + w3 C ... with --weights")
            .option(ALPHA, "0.5")
            .option(WEIGHTS, NONE)
            .option(NORMALIZE, "off; on divides by the sum of the weights")
            .source("model soups, arXiv:2203.05482; mergekit's linear with --normalize on")
            .example("a b c --weights 0.5,0.3,0.2"));
    methods.add(
        row("add-difference", Kind.ADD_DIFFERENCE)
            .models(2, 2)
            .formula("A + alpha (B - base)")
            .option(BASE, NEEDED)
            .option(ALPHA, "1")
            .source("task arithmetic, arXiv:2212.04089")
            .example("a b --base c --alpha 0.7"));
    for (TaskVectorMethod method : TaskVectorMethod.values()) {
      methods.add(taskVectors(method));
    }
    methods.addAll(combinations());
    for (Interpolation interpolation : Interpolation.values()) {
      methods.add(
          row(interpolation.id(), Kind.INTERPOLATE)
              .models(2, 2)
              .interpolation(interpolation)
              .formula(formula(interpolation))
              .option(ALPHA, "0.5")
              .source(NODE_PACK)
              .example("a b --alpha 0.3"));
    }
    for (Likeness likeness : Likeness.values()) {
      methods.add(
          row(hyphenated(likeness.method()), Kind.BY_LIKENESS)
              .models(2, 2)
              .reach("the whole model but the VAE")
              .formula(
                  "(1 - k) B + k A, k by column: the likeness of the two as a share of the model's"
                      + " range of them, less alpha, in [0, 1]; "
                      + (likeness == Likeness.DIRECTIONS
                          ? "columns brought to length 1"
                          : "columns as they are"))
              .option(ALPHA, "0.5")
              .source("supermerger, " + (likeness == Likeness.DIRECTIONS ? "cosineA" : "cosineB"))
              .example("a b --alpha 0.3"));
    }
    methods.add(
        dare("dare", Kind.DARE, MAIN, "1")
            .formula(
                "(1 - alpha) A + alpha X; X takes a random 1 - drop rate of B - A over into A, of"
                    + " one sign a tensor")
            .example("a b --drop-rate 0.8 --seed 7"));
    methods.add(
        dare("clip-dare", Kind.CLIP_DARE, TEXT, "42")
            .formula("as dare")
            .example("a b --drop-rate 0.8"));
    methods.add(
        row("clip-simple", Kind.CLIP_SIMPLE)
            .models(2, 2)
            .reach(TEXT)
            .formula("(1 - alpha) A + alpha B, but for .position_ids and .logit_scale")
            .option(ALPHA, "1")
            .source("ComfyUI, CLIPMergeSimple")
            .example("a b --alpha 0.5"));
    methods.add(
        row("masked", Kind.MASKED)
            .models(2, 2)
            .reach(MAIN)
            .formula("(1 - alpha) A + alpha B where the mask is set, A elsewhere")
            .option(ALPHA, "1")
            .option(INTERPOLATION, "linear")
            .option(MASK, NEEDED)
            .source(NODE_PACK)
            .example("a b --mask mask.safetensors"));
    methods.add(
        row("normalize", Kind.NORMALIZE)
            .models(2, 2)
            .reach(MAIN)
            .formula("A with its layers scaled to the norms of B")
            .option(NORMALIZE, "attn-only")
            .option(MAGNIFY, "off")
            .source(NODE_PACK)
            .example("a b --normalize all"));
    methods.add(
        row("noise", Kind.NOISE)
            .models(1, 1)
            .reach(MAIN)
            .formula("(1 - alpha) A + alpha (A + noise) in the named layers")
            .option(ALPHA, "0.02")
            .option(NOISE, "gaussian")
            .option(MEAN, "0.05")
            .option(DEVIATION, "0.01")
            .option(LAYERS, "*.to_v*")
            .option(SEED, "1")
            .option(INTERPOLATION, "linear")
            .option(MASK, NONE)
            .source(NODE_PACK)
            .example("a --alpha 0.05 --layers '*.to_q*'"));
    return methods.stream().map(Row::method).toList();
  }

  private static Row dare(String id, Kind kind, String reach, String seed) {
    return row(id, kind)
        .models(2, 2)
        .reach(reach)
        .option(ALPHA, "1")
        .option(DROP_RATE, "0.9")
        .option(VOTE, "sum")
        .option(RESCALE, "none")
        .option(SEED, seed)
        .option(ITERATIONS, "1")
        .option(INTERPOLATION, "linear")
        .option(MASK, NONE)
        .source(NODE_PACK);
  }

  private static Row taskVectors(TaskVectorMethod method) {
    Row row =
        row(hyphenated(method.id()), Kind.TASK_VECTORS)
            .models(1, MANY)
            .formula(formula(method))
            .option(BASE, NEEDED)
            .option(WEIGHTS, "1 for each model")
            .option(LAMBDA, "1")
            .option(NORMALIZE, method.normalises() ? "on" : "off")
            .option(MASK, NONE)
            .source(source(method))
            .example(example(method));
    if (method.keep() != TaskVectorMethod.Keep.ALL) {
      row.option(DENSITY, "1, which keeps all").option(RESCALE, id(method.rescale()));
    }
    return switch (method.keep()) {
      case ALL, MAGNITUDE -> row;
      case RANDOM -> row.option(SEED, "1");
      case OUTLIERS -> row.option(GAMMA, String.valueOf(method.defaultSpread()));
      case RANKED -> row.option(EPSILON, String.valueOf(method.defaultSpread())).option(SEED, "1");
    };
  }

  private static List<Row> combinations() {
    return List.of(
        row("passthrough", Kind.PASSTHROUGH)
            .models(1, 1)
            .formula("w A")
            .option(WEIGHTS, "1")
            .source(MERGEKIT)
            .example("a --weights 0.5"),
        byAngle("nuslerp", NONE)
            .models(2, 2)
            .formula("along the arc from A to B; with a base, of A - base and B - base")
            .option(ALPHA, "0.5")
            .source("Shoemake 1985; " + MERGEKIT)
            .example("a b --alpha 0.3 --vectors rows"),
        byAngle("multislerp", NONE)
            .models(1, Weights.MOST_MODELS)
            .formula("the weighted mean of directions, as long as the weighted mean of lengths")
            .option(WEIGHTS, "1 for each model")
            .option(NORMALIZE, "on")
            .source(MERGEKIT)
            .example("a b c --weights 0.5,0.3,0.2"),
        byAngle("karcher", NONE)
            .models(1, Weights.MOST_MODELS)
            .formula("the direction nearest to all, as long as the mean of lengths")
            .option(ITERATIONS, "10")
            .option(TOLERANCE, "0.00001")
            .source("Karcher 1977; " + MERGEKIT)
            .example("a b c"),
        byAngle("model-stock", NEEDED)
            .models(2, Weights.MOST_MODELS)
            .formula("from the base towards the mean of A, B, ..., as far as they agree")
            .source("Model Stock, arXiv:2403.19522")
            .example("a b --base c"),
        byElement("nearswap")
            .models(1, 1)
            .formula("base, each element moved towards A by at most the reach")
            .option(MethodOption.REACH, "0.001")
            .source(MERGEKIT)
            .example("a --base c --reach 0.0005"),
        byElement("ram")
            .models(1, Weights.MOST_MODELS)
            .formula("base + the mean of those of A - base, B - base, ... beyond epsilon")
            .option(EPSILON, "0.00001")
            .source("RAM, arXiv:2601.13572")
            .example("a b --base c"),
        byElement("ramplus-tl")
            .models(1, Weights.MOST_MODELS)
            .formula("as ram; what one model alone changed is strengthened")
            .option(EPSILON, "0.00001")
            .option(GAIN, "0.1")
            .option(MOST, "0.2")
            .source("RAM, arXiv:2601.13572")
            .example("a b --base c --gain 0.2"),
        byElement("sce")
            .models(1, Weights.MOST_MODELS)
            .formula(
                "base + of those A - base, ... that vary most and have the elected sign, the mean"
                    + " weighted by mean squares")
            .option(DENSITY, "1, which selects all")
            .source("FuseChat, arXiv:2408.07990")
            .example("a b --base c --density 0.1"),
        byElement("arcee-fusion")
            .models(1, 1)
            .formula("base + those of A - base whose importance is far above the usual")
            .source(MERGEKIT)
            .example("a --base c"));
  }

  private static Row byAngle(String id, String base) {
    return row(id, Kind.BY_ANGLE).option(BASE, base).option(VECTORS, "whole").option(MASK, NONE);
  }

  private static Row byElement(String id) {
    return row(id, Kind.BY_ELEMENT).option(BASE, NEEDED).option(MASK, NONE);
  }

  private static String id(Rescale rescale) {
    return hyphenated(rescale.name().toLowerCase(Locale.ROOT));
  }

  private static String formula(TaskVectorMethod method) {
    String kept =
        switch (method.keep()) {
          case ALL -> "A - base";
          case MAGNITUDE -> "the greatest density of A - base";
          case RANDOM -> "a random density of A - base";
          case OUTLIERS -> "the greatest density of A - base after its gamma greatest";
          case RANKED -> "a random density of A - base, likelier the greater, by rank in the row";
        };
    return switch (method.election()) {
      case NONE -> "base + lambda (w1 D1 + w2 D2 ...), D1 " + kept;
      case MASS, COUNT ->
          "base + lambda (w1 D1 + w2 D2 ...) of one elected sign an element, D1 " + kept;
    };
  }

  private static String source(TaskVectorMethod method) {
    return switch (method) {
      case TASK_ARITHMETIC -> "task arithmetic, arXiv:2212.04089";
      case TIES -> "TIES, arXiv:2306.01708";
      case DARE_TIES -> "DARE, arXiv:2311.03099, and TIES, arXiv:2306.01708";
      case DARE_LINEAR -> "DARE, arXiv:2311.03099";
      case BREADCRUMBS -> "Model Breadcrumbs, arXiv:2312.06795";
      case BREADCRUMBS_TIES -> "Model Breadcrumbs, arXiv:2312.06795, and TIES, arXiv:2306.01708";
      case DELLA -> "DELLA, arXiv:2406.11617, and TIES, arXiv:2306.01708";
      case DELLA_LINEAR -> "DELLA, arXiv:2406.11617";
    };
  }

  private static String example(TaskVectorMethod method) {
    String models = "a b --base c --weights 1,0.5";
    return switch (method.keep()) {
      case ALL -> models + " --lambda 0.7";
      case MAGNITUDE -> models + " --density 0.3";
      case RANDOM -> models + " --density 0.3 --seed 7";
      case OUTLIERS -> models + " --density 0.5 --gamma 0.01";
      case RANKED -> models + " --density 0.5 --epsilon 0.1 --seed 7";
    };
  }

  private static String formula(Interpolation interpolation) {
    return switch (interpolation) {
      case LINEAR, LERP -> "(1 - alpha) A + alpha B";
      case SLERP -> "along the arc between the directions of the two tensors";
      case SLICE -> "the first columns of A, the rest of B, blended at the seam";
      case CYCLIC -> "as slice, and back to A after a tenth of the columns";
      case GRADIENT -> "the share of B rises and falls over the columns";
      case HSLERP -> "linear, the first channel shifted by the distance of the two";
      case BISLERP -> "linear, rescaled to its own range";
      case COLORIZE -> "A + (B - A) alpha";
      case COSINE -> "half a cosine wave from A to B";
      case CUBIC -> "A + (B - A) (3 alpha^2 - 2 alpha^3)";
      case SCALED_ADD -> "(A + B alpha) / (1 + alpha)";
    };
  }

  private static Row row(String id, Kind kind) {
    return new Row(id, kind);
  }

  /// A method being described.
  private static final class Row {
    private final String id;
    private final Kind kind;
    private final Map<MethodOption, String> defaults = new EnumMap<>(MethodOption.class);
    private Interpolation interpolation = Interpolation.LINEAR;
    private int fewestModels;
    private int mostModels;
    private String reach = WHOLE;
    private String formula = "";
    private String source = "";
    private String example = "";

    Row(String id, Kind kind) {
      this.id = id;
      this.kind = kind;
    }

    Row models(int fewest, int most) {
      fewestModels = fewest;
      mostModels = most;
      return this;
    }

    Row interpolation(Interpolation method) {
      interpolation = method;
      return this;
    }

    Row reach(String components) {
      reach = components;
      return this;
    }

    Row formula(String text) {
      formula = text;
      return this;
    }

    Row option(MethodOption option, String otherwise) {
      defaults.put(option, otherwise);
      return this;
    }

    Row source(String text) {
      source = text;
      return this;
    }

    /// @param arguments models and options; the command around them is the same for all
    Row example(String arguments) {
      example = "mokume merge --method " + id + " " + arguments + " -o out.safetensors";
      return this;
    }

    Method method() {
      return new Method(
          id,
          kind,
          interpolation,
          fewestModels,
          mostModels,
          reach,
          formula,
          Collections.unmodifiableMap(defaults),
          source,
          example);
    }
  }
}
