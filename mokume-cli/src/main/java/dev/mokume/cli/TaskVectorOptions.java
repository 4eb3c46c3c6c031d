package dev.mokume.cli;

import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Rescale;
import dev.mokume.recipe.Sparsify;
import dev.mokume.recipe.TaskVectorMethod;
import dev.mokume.recipe.Weights;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What the options of a method of task vectors mean. The base is the last model.
final class TaskVectorOptions {
  private final MethodFlags flags;
  private final Method method;
  private final int models;
  private final SparseOptions sparse;
  private final Curves curves;
  private final Problems problems;

  /// @param models without the base
  /// @param sparse what becomes of them before
  TaskVectorOptions(
      MethodFlags flags,
      Method method,
      int models,
      SparseOptions sparse,
      Curves curves,
      Problems problems) {
    this.flags = flags;
    this.method = method;
    this.models = models;
    this.sparse = sparse;
    this.curves = curves;
    this.problems = problems;
  }

  /// What a density is the share of.
  private enum DensityOf {
    TENSOR,
    MODEL
  }

  Weights expression(Optional<Mask> mask) {
    TaskVectorMethod named = method.taskVectors().orElseThrow();
    Weights base = new Weights.Source(ModelNames.letter(models));
    Ratio lambda = curves.of("lambda", flags.lambda.orElse(1.0), flags.lambda.isPresent());
    boolean normalise = normalises(flags, named.normalises(), problems);
    Rescale rescale =
        flags
            .rescale
            .map(text -> problems.oneOf("--rescale", text, Rescale.values()))
            .orElse(named.rescale());
    boolean ofModel =
        flags
            .densityOf
            .map(text -> problems.oneOf("--density-of", text, DensityOf.values()))
            .filter(DensityOf.MODEL::equals)
            .isPresent();
    Weights merged =
        ofModel
            ? new Weights.AddDelta(
                base,
                new Delta.Combined(ofModel(base, rescale), named.election(), normalise),
                lambda)
            : named.of(base, parts(named), normalise, rescale, flags.seed.orElse(1L), lambda);
    return mask.isPresent()
        ? new Weights.Interpolate(Interpolation.LINEAR, base, merged, new Ratio.Constant(1), mask)
        : merged;
  }

  /// What is kept has one limit over a whole model.
  private List<Delta.Term> ofModel(Weights base, Rescale rescale) {
    List<Double> weights = weights(flags, models, problems);
    List<Double> densities = densities();
    List<Delta.Term> terms = new ArrayList<>();
    for (int i = 0; i < Math.min(weights.size(), densities.size()); i++) {
      Sparsify keep = new Sparsify.OfModel(SparseOptions.dropRate(densities.get(i), problems));
      Delta delta = new Delta.Sparse(new Delta.Difference(sparse.model(i), base), keep, rescale);
      terms.add(new Delta.Term(delta, weight(i, weights.get(i))));
    }
    return terms;
  }

  /// The numbers of `--weights`; 1 each without it.
  static List<Double> weights(MethodFlags flags, int models, Problems problems) {
    return flags
        .weights
        .map(text -> Numbers.reals("--weights", text, models, problems))
        .orElse(Collections.nCopies(models, 1.0));
  }

  private List<TaskVectorMethod.Part> parts(TaskVectorMethod named) {
    List<Double> weights = weights(flags, models, problems);
    List<Double> densities = densities();
    double spread =
        switch (named.keep()) {
          case OUTLIERS -> problems.share("--gamma", flags.gamma.orElse(named.defaultSpread()));
          case RANKED -> problems.share("--epsilon", flags.epsilon.orElse(named.defaultSpread()));
          case ALL, MAGNITUDE, RANDOM -> 0;
        };
    List<TaskVectorMethod.Part> parts = new ArrayList<>();
    for (int i = 0; i < Math.min(weights.size(), densities.size()); i++) {
      parts.add(
          new TaskVectorMethod.Part(
              sparse.model(i),
              weight(i, weights.get(i)),
              density(named, i, densities.get(i)),
              spread(named, i, spread)));
    }
    return parts;
  }

  private Ratio weight(int model, double number) {
    return weight(flags, curves, model, number);
  }

  /// A model's weight, which `--weights` gives.
  static Ratio weight(MethodFlags flags, Curves curves, int model, double number) {
    return curves.ofModel("weights", ModelNames.letter(model), number, flags.weights.isPresent());
  }

  private Ratio density(TaskVectorMethod named, int model, double number) {
    return named.keep() == TaskVectorMethod.Keep.ALL
        ? new Ratio.Constant(number)
        : curves.ofModel("density", ModelNames.letter(model), number, flags.density.isPresent());
  }

  private Ratio spread(TaskVectorMethod named, int model, double number) {
    String letter = ModelNames.letter(model);
    return switch (named.keep()) {
      case OUTLIERS -> curves.ofModel("gamma", letter, number, flags.gamma.isPresent());
      case RANKED -> curves.ofModel("epsilon", letter, number, flags.epsilon.isPresent());
      case ALL, MAGNITUDE, RANDOM -> new Ratio.Constant(number);
    };
  }

  private List<Double> densities() {
    return flags
        .density
        .map(text -> SparseOptions.densities("--density", text, models, problems))
        .orElse(Collections.nCopies(models, 1.0));
  }

  /// Whether `--normalize` says to divide by the sum of the weights.
  static boolean normalises(MethodFlags flags, boolean otherwise, Problems problems) {
    if (flags.normalize.isEmpty()) {
      return otherwise;
    }
    return switch (flags.normalize.get().toLowerCase(Locale.ROOT)) {
      case "on", "true" -> true;
      case "off", "false" -> false;
      default -> {
        problems.add(
            "--normalize is on or off for a sum but was '"
                + flags.normalize.get()
                + "'; on divides by the sum of the weights.");
        yield otherwise;
      }
    };
  }
}
