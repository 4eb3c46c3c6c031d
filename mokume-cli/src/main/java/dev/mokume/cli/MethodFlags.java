package dev.mokume.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options that say how a method works.
final class MethodFlags {
  @Option(
      names = "--method",
      order = 10,
      paramLabel = "NAME",
      description =
          "How to merge: weighted-sum, add-difference, ties, slerp, dare, clip-simple, masked ..."
              + " 'mokume methods' lists all, 'mokume methods NAME' explains one.")
  Optional<String> method = Optional.empty();

  @Option(
      names = {"--alpha", "--ratio"},
      order = 11,
      paramLabel = "X",
      description =
          "The share of the later model: 0 keeps the first, 1 takes the second; for add-difference"
              + " the factor of the difference. Default 0.5 for two-model blends, 1 for"
              + " add-difference, dare, masked and clip-simple (whose page calls it ratio, in steps"
              + " of 0.01), 0.02 for noise.")
  Optional<Double> alpha = Optional.empty();

  @Mixin final CurveFlags curves = new CurveFlags();

  @Option(
      names = "--weights",
      order = 13,
      paramLabel = "W1,W2,..",
      description = "weighted-sum, task vectors, fisher, regmean: a factor for each model.")
  Optional<String> weights = Optional.empty();

  @Option(
      names = "--base",
      order = 14,
      paramLabel = "C",
      description =
          "add-difference: the model to subtract; task vectors (task-arithmetic, ties, dare-ties,"
              + " ...): the model that all others were made from, to which the result is added;"
              + " with --sparse: what the models' differences are from.")
  Optional<Path> base = Optional.empty();

  @Option(
      names = "--drop-rate",
      order = 15,
      paramLabel = "P",
      description = "dare, clip-dare: the share of the differences to drop, 0..1; default 0.9.")
  Optional<Double> dropRate = Optional.empty();

  @Option(
      names = "--vote",
      order = 16,
      paramLabel = "HOW",
      description =
          "dare, clip-dare: elect one sign a tensor by sum (the default) or count of its"
              + " differences; off: none.")
  Optional<String> vote = Optional.empty();

  @Option(
      names = "--rescale",
      order = 17,
      arity = "0..1",
      fallbackValue = "inverse-density",
      paramLabel = "HOW",
      description =
          "How what is kept makes up for what was dropped: inverse-density (what --rescale alone"
              + " means) divides it by the share that is kept; task vectors also: none, match-l1,"
              + " match-l2, match-max.")
  Optional<String> rescale = Optional.empty();

  @Option(
      names = "--iterations",
      order = 18,
      paramLabel = "N",
      description = "dare, clip-dare: how often to repeat the step, 1..100; default 1.")
  Optional<Integer> iterations = Optional.empty();

  @Option(
      names = "--seed",
      order = 19,
      paramLabel = "N",
      description = "The seed of random draws; default 1 (clip-dare: 42).")
  Optional<Long> seed = Optional.empty();

  @Option(
      names = "--mask",
      order = 20,
      paramLabel = "FILE",
      description =
          "masked, dare, clip-dare, noise: only elements that this mask selects may change.")
  Optional<Path> mask = Optional.empty();

  @Option(
      names = "--interpolation",
      order = 21,
      paramLabel = "NAME",
      description =
          "masked, dare, clip-dare, noise: how the two sides are blended; default linear.")
  Optional<String> interpolation = Optional.empty();

  @Option(
      names = "--normalize",
      order = 22,
      paramLabel = "WHAT",
      description =
          "normalize: which layers, attn-only (the default), q-norm, all or none. weighted-sum and"
              + " task vectors: on divides by the sum of the weights, off does not. fisher: on"
              + " divides each model's information by its norm.")
  Optional<String> normalize = Optional.empty();

  @Option(names = "--magnify", order = 23, description = "normalize: swap the two norms.")
  boolean magnify;

  @Option(
      names = "--noise",
      order = 24,
      paramLabel = "KIND",
      description = "noise: gaussian (the default) or uniform.")
  Optional<String> noise = Optional.empty();

  @Option(
      names = "--mean",
      order = 25,
      paramLabel = "X",
      description = "noise: the mean of the draws; default 0.05.")
  Optional<Double> mean = Optional.empty();

  @Option(
      names = "--deviation",
      order = 26,
      paramLabel = "X",
      description = "noise: the standard deviation of the draws; default 0.01.")
  Optional<Double> deviation = Optional.empty();

  @Option(
      names = "--layers",
      order = 27,
      paramLabel = "PATTERNS",
      description = "noise: the layers to change, as in '*.to_v*'; default '*.to_v*'.")
  Optional<String> layers = Optional.empty();

  @Option(
      names = "--set",
      order = 32,
      paramLabel = "NAME=VALUE",
      description =
          "A parameter of a method that 'mokume methods' lists with parameters, as in --set"
              + " tilt=0.5; may be given several times.")
  List<String> settings = new ArrayList<>();

  @Option(
      names = "--density",
      order = 28,
      paramLabel = "D[,D2..]",
      description =
          "Task vectors: the share of the differences to keep, 0..1, for all models or one for"
              + " each; default 1.")
  Optional<String> density = Optional.empty();

  @Option(
      names = "--lambda",
      order = 29,
      paramLabel = "X",
      description =
          "Task vectors: the factor of the merged difference, by block with --mbw; default 1.")
  Optional<Double> lambda = Optional.empty();

  @Option(
      names = "--gamma",
      order = 30,
      paramLabel = "X",
      description = "breadcrumbs: the share of outliers to drop, 0..1; default 0.01.")
  Optional<Double> gamma = Optional.empty();

  @Option(
      names = "--epsilon",
      order = 31,
      paramLabel = "X",
      description =
          "della: elements are kept with a probability from density - X to density + X; default"
              + " 0.15.")
  Optional<Double> epsilon = Optional.empty();

  @Option(
      names = "--vectors",
      order = 32,
      paramLabel = "WHAT",
      description =
          "nuslerp, multislerp, karcher, model-stock: whose lengths and angles are meant: whole"
              + " (the default) tensors, their rows or their columns.")
  Optional<String> vectors = Optional.empty();

  @Option(
      names = "--tolerance",
      order = 33,
      paramLabel = "X",
      description = "karcher: the step, in radians, at which the search ends; default 0.00001.")
  Optional<Double> tolerance = Optional.empty();

  @Option(
      names = "--reach",
      order = 34,
      paramLabel = "X",
      description = "nearswap: how far an element of the base may move; default 0.001.")
  Optional<Double> reach = Optional.empty();

  @Option(
      names = "--gain",
      order = 35,
      paramLabel = "X",
      description =
          "ramplus-tl: what one model alone changed grows by X times the share of elements that"
              + " others changed too; default 0.1.")
  Optional<Double> gain = Optional.empty();

  @Option(
      names = "--most",
      order = 36,
      paramLabel = "X",
      description = "ramplus-tl: the most that this share counts; default 0.2.")
  Optional<Double> most = Optional.empty();

  @Option(
      names = "--statistics",
      order = 37,
      paramLabel = "FILE",
      description =
          "fisher, regmean: what is known of a model's data: the diagonal of its Fisher"
              + " information, or the Gram matrices of its layers' inputs. Once for each model, in"
              + " their order.")
  List<Path> statistics = new ArrayList<>();

  @Option(
      names = "--minimum",
      order = 38,
      paramLabel = "X",
      description = "fisher: what is added to all information; default 0.000001.")
  Optional<Double> minimum = Optional.empty();

  @Option(
      names = "--off-diagonal",
      order = 39,
      paramLabel = "X",
      description =
          "regmean: what the numbers of a Gram matrix beside its diagonal are multiplied by, 0..1;"
              + " default 1, 0.9 is usual.")
  Optional<Double> offDiagonal = Optional.empty();

  @Option(
      names = "--density-of",
      order = 40,
      paramLabel = "WHAT",
      description =
          "ties: what --density is the share of: each tensor (the default), or the whole model, so"
              + " that layers which changed more keep more.")
  Optional<String> densityOf = Optional.empty();

  @Option(
      names = "--sparse",
      order = 41,
      paramLabel = "HOW",
      description =
          "weighted-sum, task vectors, fisher, regmean: before they are merged, all of each model's"
              + " difference from --base (of its weights, without a base) becomes zero but a share"
              + " that is chosen at random, by magnitude in each tensor, or by of-model magnitude.")
  Optional<String> sparse = Optional.empty();

  @Option(
      names = "--sparse-density",
      order = 42,
      paramLabel = "D[,D2..]",
      description = "The share that --sparse keeps, 0..1, for all models or one for each.")
  Optional<String> sparseDensity = Optional.empty();

  @Option(
      names = "--sparse-rescale",
      order = 43,
      paramLabel = "HOW",
      description =
          "How what --sparse keeps makes up for the rest: none, inverse-density, match-l1,"
              + " match-l2, match-max; default inverse-density for random, else none.")
  Optional<String> sparseRescale = Optional.empty();

  /// Which options were given.
  Set<MethodOption> given() {
    Set<MethodOption> given = EnumSet.noneOf(MethodOption.class);
    for (MethodOption option : MethodOption.values()) {
      if (isGiven(option)) {
        given.add(option);
      }
    }
    return given;
  }

  private boolean isGiven(MethodOption option) {
    return switch (option) {
      case ALPHA -> alpha.isPresent();
      case BASE -> base.isPresent();
      case WEIGHTS -> weights.isPresent();
      case MBW -> !curves.mbw.isEmpty();
      case GRADIENT -> !curves.gradient.isEmpty();
      case RATIO_FOR -> !curves.ratioFor.isEmpty();
      case ELEMENTAL -> !curves.elemental.isEmpty();
      case PRESETS -> curves.presets.isPresent();
      case DROP_RATE -> dropRate.isPresent();
      case VOTE -> vote.isPresent();
      case RESCALE -> rescale.isPresent();
      case DENSITY -> density.isPresent();
      case LAMBDA -> lambda.isPresent();
      case GAMMA -> gamma.isPresent();
      case EPSILON -> epsilon.isPresent();
      case SEED -> seed.isPresent();
      case ITERATIONS -> iterations.isPresent();
      case INTERPOLATION -> interpolation.isPresent();
      case MASK -> mask.isPresent();
      case NORMALIZE -> normalize.isPresent();
      case MAGNIFY -> magnify;
      case NOISE -> noise.isPresent();
      case MEAN -> mean.isPresent();
      case DEVIATION -> deviation.isPresent();
      case LAYERS -> layers.isPresent();
      case VECTORS -> vectors.isPresent();
      case TOLERANCE -> tolerance.isPresent();
      case REACH -> reach.isPresent();
      case GAIN -> gain.isPresent();
      case MOST -> most.isPresent();
      case STATISTICS -> !statistics.isEmpty();
      case MINIMUM -> minimum.isPresent();
      case OFF_DIAGONAL -> offDiagonal.isPresent();
      case DENSITY_OF -> densityOf.isPresent();
      case SPARSE -> sparse.isPresent();
      case SPARSE_DENSITY -> sparseDensity.isPresent();
      case SPARSE_RESCALE -> sparseRescale.isPresent();
    };
  }
}
