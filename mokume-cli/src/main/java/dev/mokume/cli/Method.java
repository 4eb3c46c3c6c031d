package dev.mokume.cli;

import static dev.mokume.cli.MethodOption.ALPHA;
import static dev.mokume.cli.MethodOption.BASE;
import static dev.mokume.cli.MethodOption.DEVIATION;
import static dev.mokume.cli.MethodOption.DROP_RATE;
import static dev.mokume.cli.MethodOption.GRADIENT;
import static dev.mokume.cli.MethodOption.INTERPOLATION;
import static dev.mokume.cli.MethodOption.ITERATIONS;
import static dev.mokume.cli.MethodOption.LAYERS;
import static dev.mokume.cli.MethodOption.MAGNIFY;
import static dev.mokume.cli.MethodOption.MASK;
import static dev.mokume.cli.MethodOption.MBW;
import static dev.mokume.cli.MethodOption.MEAN;
import static dev.mokume.cli.MethodOption.NOISE;
import static dev.mokume.cli.MethodOption.NORMALIZE;
import static dev.mokume.cli.MethodOption.RESCALE;
import static dev.mokume.cli.MethodOption.SEED;
import static dev.mokume.cli.MethodOption.VOTE;
import static dev.mokume.cli.MethodOption.WEIGHTS;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Interpolation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// What `--method` can name: a short name for a recipe of one expression.
///
/// @param id as people type it
/// @param kind the shape of the expression
/// @param interpolation how two tensors are blended, where `--interpolation` does not say
/// @param fewestModels that it takes in order, `--base` not counted
/// @param mostModels that it takes
/// @param reach which components it changes, in words
/// @param formula what becomes of an element, in words
/// @param options those of its own; any other one of a method is refused
record Method(
    String id,
    Kind kind,
    Interpolation interpolation,
    int fewestModels,
    int mostModels,
    String reach,
    String formula,
    Set<MethodOption> options) {
  private static final String WHOLE = "the whole model";
  private static final String MAIN = "the U-Net (or the language model)";
  private static final String TEXT = "the text encoders";
  private static final int MANY = 1000;

  private static final List<Method> ALL = all();

  /// The shape of a method's expression.
  enum Kind {
    WEIGHTED_SUM,
    ADD_DIFFERENCE,
    INTERPOLATE,
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

  /// @throws MokumeException `INVALID_RECIPE` for an unknown name; the message offers the nearest
  static Method parse(String text) {
    String id = text.strip().replace('_', '-');
    return ALL.stream()
        .filter(method -> method.id.equalsIgnoreCase(id))
        .findFirst()
        .orElseThrow(() ->
            new MokumeException(
                ErrorCode.INVALID_RECIPE,
                Problems.unknown("there is no method", text, ids())
                    + " 'mokume methods' explains them."));
  }

  private static List<Method> all() {
    List<Method> methods = new ArrayList<>();
    methods.add(
        of(
            "weighted-sum",
            Kind.WEIGHTED_SUM,
            2,
            MANY,
            WHOLE,
            "(1 - alpha) A + alpha B; w1 A + w2 B + w3 C ... with --weights",
            ALPHA,
            MBW,
            GRADIENT,
            WEIGHTS));
    methods.add(
        of(
            "add-difference",
            Kind.ADD_DIFFERENCE,
            2,
            2,
            WHOLE,
            "A + alpha (B - base)",
            BASE,
            ALPHA,
            MBW,
            GRADIENT));
    for (Interpolation interpolation : Interpolation.values()) {
      methods.add(
          new Method(
              interpolation.id(),
              Kind.INTERPOLATE,
              interpolation,
              2,
              2,
              WHOLE,
              formula(interpolation),
              EnumSet.of(ALPHA, MBW, GRADIENT)));
    }
    methods.add(
        of(
            "dare",
            Kind.DARE,
            2,
            2,
            MAIN,
            "(1 - alpha) A + alpha X; X takes a random 1 - drop rate of B - A over into A, of one"
                + " sign a tensor",
            ALPHA,
            MBW,
            GRADIENT,
            DROP_RATE,
            VOTE,
            RESCALE,
            SEED,
            ITERATIONS,
            INTERPOLATION,
            MASK));
    methods.add(
        of(
            "clip-dare",
            Kind.CLIP_DARE,
            2,
            2,
            TEXT,
            "as dare",
            ALPHA,
            DROP_RATE,
            VOTE,
            RESCALE,
            SEED,
            ITERATIONS,
            INTERPOLATION,
            MASK));
    methods.add(
        of(
            "clip-simple",
            Kind.CLIP_SIMPLE,
            2,
            2,
            TEXT,
            "(1 - alpha) A + alpha B, but for .position_ids and .logit_scale",
            ALPHA));
    methods.add(
        of(
            "masked",
            Kind.MASKED,
            2,
            2,
            MAIN,
            "(1 - alpha) A + alpha B where the mask is set, A elsewhere",
            ALPHA,
            MBW,
            GRADIENT,
            INTERPOLATION,
            MASK));
    methods.add(
        of(
            "normalize",
            Kind.NORMALIZE,
            2,
            2,
            MAIN,
            "A with its layers scaled to the norms of B",
            NORMALIZE,
            MAGNIFY));
    methods.add(
        of(
            "noise",
            Kind.NOISE,
            1,
            1,
            MAIN,
            "(1 - alpha) A + alpha (A + noise) in the named layers",
            ALPHA,
            NOISE,
            MEAN,
            DEVIATION,
            LAYERS,
            SEED,
            INTERPOLATION,
            MASK));
    return List.copyOf(methods);
  }

  private static Method of(
      String id,
      Kind kind,
      int fewest,
      int most,
      String reach,
      String formula,
      MethodOption... options) {
    return new Method(
        id,
        kind,
        Interpolation.LINEAR,
        fewest,
        most,
        reach,
        formula,
        EnumSet.copyOf(Arrays.asList(options)));
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
}
