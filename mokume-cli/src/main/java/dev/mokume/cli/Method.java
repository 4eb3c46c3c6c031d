package dev.mokume.cli;

import static dev.mokume.cli.MethodOption.ALPHA;
import static dev.mokume.cli.MethodOption.BASE;
import static dev.mokume.cli.MethodOption.DENSITY;
import static dev.mokume.cli.MethodOption.DENSITY_OF;
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
import static dev.mokume.cli.MethodOption.MINIMUM;
import static dev.mokume.cli.MethodOption.MOST;
import static dev.mokume.cli.MethodOption.NOISE;
import static dev.mokume.cli.MethodOption.NORMALIZE;
import static dev.mokume.cli.MethodOption.OFF_DIAGONAL;
import static dev.mokume.cli.MethodOption.RESCALE;
import static dev.mokume.cli.MethodOption.SEED;
import static dev.mokume.cli.MethodOption.SPARSE;
import static dev.mokume.cli.MethodOption.SPARSE_DENSITY;
import static dev.mokume.cli.MethodOption.SPARSE_RESCALE;
import static dev.mokume.cli.MethodOption.STATISTICS;
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
/// @param formula what becomes of an element
/// @param words what that does to a model, in plain words
/// @param defaults the options of its own and what each is if it is not given, and after a `; `
///   what else it may be; any other one of a method is refused
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
    String words,
    Map<MethodOption, String> defaults,
    String source,
    String example) {
  private static final String WHOLE = "the whole model";
  private static final String MAIN = "the U-Net (or the language model)";
  private static final String TEXT = "the text encoders";
  private static final int MANY = 1000;
  private static final String NODE_PACK = "ComfyUI-DareMerge";
  private static final String SHARE = "; 0..1";
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
          MOST,
          MINIMUM,
          OFF_DIAGONAL);

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
    FISHER,
    REGMEAN,
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

  /// Under what it is listed.
  String family() {
    return switch (kind) {
      case WEIGHTED_SUM, ADD_DIFFERENCE, PASSTHROUGH -> "Whole models";
      case TASK_VECTORS -> "Task vectors";
      case FISHER, REGMEAN -> "By what is known of the data";
      case BY_ANGLE -> "By lengths and angles";
      case BY_LIKENESS -> "By likeness over the whole model";
      case BY_ELEMENT -> "Upon a base, element by element";
      case INTERPOLATE -> "Interpolations";
      case DARE, CLIP_DARE, CLIP_SIMPLE, MASKED, NORMALIZE, NOISE ->
          "Of the node pack ComfyUI-DareMerge";
    };
  }

  /// Whether it changes the whole model.
  boolean isOfWhole() {
    return reach.equals(WHOLE);
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
            .formula(
                "(1 - alpha) A + alpha B; w1 A + w2 B + w3 C ..., in this order, with --weights")
            .words(
                "every weight moves the same share of the way from A to B: safe, and it averages"
                    + " the details of both away")
            .option(ALPHA, "0.5" + SHARE)
            .option(WEIGHTS, NONE)
            .option(NORMALIZE, "off; on divides by the sum of the weights")
            .mayBeSparse()
            .source("model soups, arXiv:2203.05482; mergekit's linear with --normalize on")
            .example("a b c --weights 0.5,0.3,0.2"));
    methods.add(
        row("add-difference", Kind.ADD_DIFFERENCE)
            .models(2, 2)
            .formula("A + alpha (B - base)")
            .words("adds to A what B learned on top of the base; negative: takes it away")
            .option(BASE, NEEDED)
            .option(ALPHA, "1; -100..100")
            .source("task arithmetic, arXiv:2212.04089")
            .example("a b --base c --alpha 0.7"));
    for (TaskVectorMethod method : TaskVectorMethod.values()) {
      methods.add(taskVectors(method));
    }
    methods.addAll(withStatistics());
    methods.addAll(combinations());
    for (Interpolation interpolation : Interpolation.values()) {
      methods.add(
          row(interpolation.id(), Kind.INTERPOLATE)
              .models(2, 2)
              .interpolation(interpolation)
              .formula(formula(interpolation))
              .words(words(interpolation))
              .option(ALPHA, "0.5" + SHARE)
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
              .words("keeps A where the two are most alike, the more with a smaller alpha")
              .option(ALPHA, "0.5" + SHARE)
              .source("supermerger, " + (likeness == Likeness.DIRECTIONS ? "cosineA" : "cosineB"))
              .example("a b --alpha 0.3"));
    }
    methods.add(
        dare("dare", Kind.DARE, MAIN, "1")
            .formula(
                "(1 - alpha) A + alpha X; X takes a random 1 - drop rate of B - A over into A, of"
                    + " one sign a tensor")
            .words(
                "a random part of what B changed, of one direction in each layer; more of B arrives"
                    + " with each iteration")
            .example("a b --drop-rate 0.8 --seed 7"));
    methods.add(
        dare("clip-dare", Kind.CLIP_DARE, TEXT, "42")
            .formula("as dare, but for .position_ids and .logit_scale")
            .words("dare for how a model reads prompts")
            .example("a b --drop-rate 0.8"));
    methods.add(
        row("clip-simple", Kind.CLIP_SIMPLE)
            .models(2, 2)
            .reach(TEXT)
            .formula("(1 - alpha) A + alpha B, but for .position_ids and .logit_scale")
            .words("how a model reads prompts, not how it draws; its page calls alpha ratio")
            .option(ALPHA, "1" + SHARE)
            .source("ComfyUI, CLIPMergeSimple")
            .example("a b --alpha 0.5"));
    methods.add(
        row("masked", Kind.MASKED)
            .models(2, 2)
            .reach(MAIN)
            .formula("(1 - alpha) A + alpha B where the mask is set, A elsewhere")
            .words("a merge in part of the weights")
            .option(ALPHA, "1" + SHARE)
            .option(INTERPOLATION, "linear")
            .option(MASK, NEEDED)
            .source(NODE_PACK)
            .example("a b --mask mask.safetensors"));
    methods.add(
        row("normalize", Kind.NORMALIZE)
            .models(2, 2)
            .reach(MAIN)
            .formula(
                "weights of A times s = norm(B) / (norm(A) + 1e-12), of each layer's weight; keys"
                    + " of an attention divided by their query's s; values untouched")
            .words("gives A's layers the strength of B's without its content")
            .option(NORMALIZE, "attn-only; all, q-norm, none")
            .option(MAGNIFY, "off; swaps the two norms")
            .source(NODE_PACK)
            .example("a b --normalize all"));
    methods.add(
        row("noise", Kind.NOISE)
            .models(1, 1)
            .reach(MAIN)
            .formula("(1 - alpha) A + alpha (A + n) in the named layers, n centred noise")
            .words(
                "shakes the named layers; as the noise is centred, its mean changes nothing but"
                    + " roundings")
            .option(ALPHA, "0.02" + SHARE)
            .option(NOISE, "gaussian; uniform: -0.5..0.5")
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
        .option(ALPHA, "1" + SHARE)
        .option(DROP_RATE, "0.9" + SHARE)
        .option(VOTE, "sum; count, off")
        .option(RESCALE, "none; inverse-density")
        .option(SEED, seed)
        .option(ITERATIONS, "1; 1..100")
        .option(INTERPOLATION, "linear")
        .option(MASK, NONE)
        .source(NODE_PACK);
  }

  private static Row taskVectors(TaskVectorMethod method) {
    Row row =
        row(hyphenated(method.id()), Kind.TASK_VECTORS)
            .models(1, MANY)
            .formula(formula(method))
            .words(words(method))
            .option(BASE, NEEDED)
            .option(WEIGHTS, "1 for each model")
            .option(LAMBDA, "1")
            .option(NORMALIZE, method.normalises() ? "on" : "off")
            .option(MASK, NONE)
            .mayBeSparse()
            .source(source(method))
            .example(example(method));
    if (method.keep() != TaskVectorMethod.Keep.ALL) {
      row.option(DENSITY, "1; 0..1, 1 keeps all")
          .option(
              RESCALE,
              id(method.rescale()) + "; none, inverse-density, match-l1, match-l2, match-max");
    }
    return switch (method.keep()) {
      case ALL -> row;
      case MAGNITUDE -> row.option(DENSITY_OF, "tensor; model: one limit for the whole model");
      case RANDOM -> row.option(SEED, "1");
      case OUTLIERS -> row.option(GAMMA, method.defaultSpread() + SHARE);
      case RANKED -> row.option(EPSILON, method.defaultSpread() + SHARE).option(SEED, "1");
    };
  }

  private static List<Row> withStatistics() {
    return List.of(
        row("fisher", Kind.FISHER)
            .models(2, MANY)
            .formula(
                "sum of l (F + minimum) W / sum of l (F + minimum) of the models, F the diagonal of"
                    + " a model's Fisher information, l its weight, divided by the norm of F + 1e-6"
                    + " if normalized")
            .words("what a model's data says much about counts for more, element by element")
            .option(WEIGHTS, "1 for each model")
            .option(STATISTICS, NEEDED)
            .option(NORMALIZE, "on; off")
            .option(MINIMUM, "0.000001")
            .mayBeSparse()
            .source("Fisher merging, arXiv:2111.09832; MergeLM")
            .example("a b --statistics fisher-a --statistics fisher-b"),
        row("regmean", Kind.REGMEAN)
            .models(2, MANY)
            .formula(
                "(w1 A Ga + w2 B Gb ...) (w1 Ga + w2 Gb ...)^-1 of linear layers, G = X' X of their"
                    + " inputs X; the weighted mean of the rest")
            .words(
                "each layer becomes what comes nearest to every model's own on the inputs that this"
                    + " model saw")
            .option(WEIGHTS, "1 for each model")
            .option(STATISTICS, NEEDED)
            .option(OFF_DIAGONAL, "1" + SHARE)
            .mayBeSparse()
            .source("RegMean, arXiv:2212.09849; MergeLM")
            .example("a b --statistics gram-a --statistics gram-b --off-diagonal 0.9"));
  }

  private static List<Row> combinations() {
    return List.of(
        row("passthrough", Kind.PASSTHROUGH)
            .models(1, 1)
            .formula("w A")
            .words("one model as it is, or scaled")
            .option(WEIGHTS, "1")
            .source(MERGEKIT)
            .example("a --weights 0.5"),
        byAngle("nuslerp", NONE)
            .models(2, 2)
            .formula(
                "sin(w - w alpha) / sin w * A + sin(w alpha) / sin w * B, w the angle between them;"
                    + " linear where it is nearly 0 or 180 degrees; with a base, of A - base and B"
                    + " - base")
            .words("turns from A to B and keeps the length that the linear blend loses")
            .option(ALPHA, "0.5" + SHARE)
            .source("Shoemake 1985; " + MERGEKIT)
            .example("a b --alpha 0.3 --vectors rows"),
        byAngle("multislerp", NONE)
            .models(1, Weights.MOST_MODELS)
            .formula(
                "m / norm(m) * (w1 norm(A) + w2 norm(B) ..), m = w1 A / norm(A) + w2 B / norm(B)"
                    + " ..; the weighted sum where the directions cancel out")
            .words("nuslerp's idea for many models")
            .option(WEIGHTS, "1 for each model")
            .option(NORMALIZE, "on")
            .source(MERGEKIT)
            .example("a b c --weights 0.5,0.3,0.2"),
        byAngle("karcher", NONE)
            .models(1, Weights.MOST_MODELS)
            .formula(
                "the direction whose summed squared angles to all are least, times the mean length;"
                    + " from the mean direction on, each step goes along the mean of the ways to"
                    + " all")
            .words("the mean that the sphere itself has")
            .option(ITERATIONS, "10; 1..1000")
            .option(TOLERANCE, "0.00001; in radians")
            .source("Karcher 1977; " + MERGEKIT)
            .example("a b c"),
        byAngle("model-stock", NEEDED)
            .models(2, Weights.MOST_MODELS)
            .formula(
                "base + r (mean - base), r = N c / (1 + (N - 1) c), c the mean cosine of the N"
                    + " models' differences from the base")
            .words(
                "close to the mean where the models agree, close to the base where they do not; no"
                    + " number to choose")
            .source("Model Stock, arXiv:2403.19522")
            .example("a b --base c"),
        byElement("nearswap")
            .models(1, 1)
            .formula("A where abs(A - base) <= reach, else base + reach or base - reach, towards A")
            .words("takes over what hardly differs and holds the rest on a short lead")
            .option(MethodOption.REACH, "0.001")
            .source(MERGEKIT)
            .example("a --base c --reach 0.0005"),
        byElement("ram")
            .models(1, Weights.MOST_MODELS)
            .formula("base + the mean of those d of A - base, B - base, .. with abs(d) > epsilon")
            .words("models that left an element alone do not thin out what others learned there")
            .option(EPSILON, "0.00001")
            .source("RAM, arXiv:2601.13572")
            .example("a b --base c"),
        byElement("ramplus-tl")
            .models(1, Weights.MOST_MODELS)
            .formula(
                "as ram; where one model alone differs, its d times 1 + gain * min(s, most), s its"
                    + " elements that others changed too divided by those that it changed alone, by"
                    + " tensor")
            .words("makes up for what a model loses where it shares")
            .option(EPSILON, "0.00001")
            .option(GAIN, "0.1")
            .option(MOST, "0.2")
            .source("RAM, arXiv:2601.13572")
            .example("a b --base c --gain 0.2"),
        byElement("sce")
            .models(1, Weights.MOST_MODELS)
            .formula(
                "base + the differences with the sign of their sum, averaged with weights in"
                    + " proportion to each model's mean square, of the density of elements whose"
                    + " variance over the models is greatest (of those that vary at all)")
            .words("merges where models have learned different things")
            .option(DENSITY, "1; 0..1, 1 selects all")
            .source("FuseChat, arXiv:2408.07990")
            .example("a b --base c --density 0.1"),
        byElement("arcee-fusion")
            .models(1, 1)
            .formula(
                "A where abs(A - base) * K >= median + 1.5 (Q3 - Q1) of that product over the"
                    + " tensor, else the base; K is the divergence (Kullback-Leibler) of the"
                    + " softmax of A's row from that of the base's")
            .words("takes over what stands out")
            .source(MERGEKIT)
            .example("a --base c"));
  }

  private static Row byAngle(String id, String base) {
    return row(id, Kind.BY_ANGLE)
        .option(BASE, base)
        .option(VECTORS, "whole; rows, columns")
        .option(MASK, NONE);
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

  private static String words(TaskVectorMethod method) {
    String kept =
        switch (method.keep()) {
          case ALL -> "adds up what each model learned";
          case MAGNITUDE -> "adds up the greatest changes of each model";
          case RANDOM -> "drops changes at random and strengthens the others by as much";
          case OUTLIERS ->
              "drops small changes, and the few greatest, which are taken for outliers";
          case RANKED ->
              "drops changes at random, small ones more often, and strengthens the others";
        };
    return switch (method.election()) {
      case NONE -> kept;
      case MASS, COUNT -> kept + "; of those at one place, only the ones that go the elected way";
    };
  }

  private static String formula(Interpolation interpolation) {
    return switch (interpolation) {
      case LINEAR, LERP -> "(1 - t) a + t b, t = alpha";
      case COLORIZE -> "a + (b - a) t";
      case CUBIC -> "a + (b - a)(3 t^2 - 2 t^3)";
      case COSINE -> "(a + b - (a - b) c) / 2, c = cos(pi t) in f32";
      case SCALED_ADD -> "(a + b t) / (1 + t)";
      case SLERP ->
          "sin(th - th t) / sin th * a + sin(th t) / sin th * b, th the angle of the whole tensors;"
              + " vectors, and tensors with abs(cos th) > 0.9995, are lerped";
      case BISLERP -> "lerp l; ((l - min l) / (max l - min l)) (max l - min l) + min l";
      case HSLERP ->
          "lerp; in the first channel plus norm(b - a) / 6 (t < 0.5) or minus it, the norm taken"
              + " over the channels";
      case SLICE -> "columns: a up to (1 - t) of the width, a seam of a tenth of the width, then b";
      case CYCLIC -> "as slice, and back to a after a tenth of the width";
      case GRADIENT ->
          "columns: the share of b rises linearly to 0.9 at (1 - t) of the width and falls after"
              + " it";
    };
  }

  private static String words(Interpolation interpolation) {
    return switch (interpolation) {
      case LINEAR, LERP -> "the weighted sum";
      case COLORIZE -> "lerp, rounded elsewhere";
      case CUBIC -> "lerp with another alpha: slow near 0 and 1";
      case COSINE ->
          "half a cosine wave, and backwards, as the reference has it: alpha 0 gives B, alpha 1"
              + " gives A";
      case SCALED_ADD -> "lerp at t / (1 + t): alpha 1 is the mean, never B";
      case SLERP -> "keeps the length that lerp loses between tensors of different direction";
      case BISLERP -> "lerp with more rounding: the reference intends more than it does";
      case HSLERP ->
          "shifts one input channel; jumps at t = 0.5; 4-D tensors only; at t = 0 it is not a";
      case SLICE -> "the left part of one matrix, the right part of the other; matrices only";
      case CYCLIC -> "a band of B in A; matrices only";
      case GRADIENT -> "never all of B; matrices only";
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
    private String words = "";
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

    Row words(String text) {
      words = text;
      return this;
    }

    Row option(MethodOption option, String otherwise) {
      defaults.put(option, otherwise);
      return this;
    }

    /// Its models may be made sparse before.
    Row mayBeSparse() {
      defaults.putIfAbsent(BASE, NONE);
      defaults.putIfAbsent(SEED, "1");
      return option(SPARSE, "none; random, magnitude, of-model")
          .option(SPARSE_DENSITY, "none; 0..1, needed with --sparse")
          .option(SPARSE_RESCALE, "by --sparse; inverse-density if random, else none");
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
          words,
          Collections.unmodifiableMap(defaults),
          source,
          example);
    }
  }
}
