package dev.mokume.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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

  @Option(
      names = "--mbw",
      order = 12,
      paramLabel = "[NUMBER=]WEIGHTS",
      description =
          "alpha (task vectors: lambda), or the number that is named, per block: the 26 numbers of"
              + " SD 1.x (20 or 21 for SDXL, 61 for FLUX), the base first, or name=value pairs as"
              + " in IN04=0.2,OUT=1, or the name of a row as in GRAD_V. drop-rate=BASE=0.9,IN04=0.5"
              + " is of --drop-rate. May be given for several numbers.")
  List<String> mbw = new ArrayList<>();

  @Option(
      names = "--mbw-presets",
      order = 12,
      paramLabel = "FILE",
      description =
          "Where names of rows for --mbw are: on each line a name, a tab and numbers, as"
              + " supermerger's mbwpresets.txt has them.")
  Optional<Path> presets = Optional.empty();

  @Option(
      names = "--gradient",
      order = 12,
      paramLabel = "[NUMBER=]X1,X2,..",
      description =
          "alpha (task vectors: lambda), or the number that is named, by depth: 0,0.5,1 is 0 at the"
              + " first layer, 1 at the last, and rises evenly between; density=0.2,0.8 is of"
              + " --density. With the number's own option or --mbw the product of both.")
  List<String> gradient = new ArrayList<>();

  @Option(
      names = "--ratio-for",
      order = 12,
      paramLabel = "NUMBER=RATIO",
      description =
          "A number of the method as a ratio of recipes, by name, component or anything:"
              + " 'density={patterns: {\"*attn*\": 0.2, \"*\": 0.8}}'. With other options for that"
              + " number the product of all.")
  List<String> ratioFor = new ArrayList<>();

  @Option(
      names = "--elemental",
      order = 12,
      paramLabel = "[NUMBER=]RULES",
      description =
          "BLOCKS:ELEMENTS:NUMBER, separated by commas or lines, which overrule --mbw:"
              + " 'OUT03-OUT05:attn2 attn1.to_out:0.5,NOT BASE:ff:0.2'. ELEMENTS are parts of"
              + " tensors' names; an empty part selects everything; the last that fits counts.")
  List<String> elemental = new ArrayList<>();

  @Option(
      names = "--weights",
      order = 13,
      paramLabel = "W1,W2,..",
      description = "weighted-sum and task vectors: a factor for each model.")
  Optional<String> weights = Optional.empty();

  @Option(
      names = "--base",
      order = 14,
      paramLabel = "C",
      description =
          "add-difference: the model to subtract; task vectors (task-arithmetic, ties, dare-ties,"
              + " ...): the model that all others were made from, to which the result is added.")
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
              + " task vectors: on divides by the sum of the weights, off does not.")
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
      case MBW -> !mbw.isEmpty();
      case GRADIENT -> !gradient.isEmpty();
      case RATIO_FOR -> !ratioFor.isEmpty();
      case ELEMENTAL -> !elemental.isEmpty();
      case PRESETS -> presets.isPresent();
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
    };
  }
}
