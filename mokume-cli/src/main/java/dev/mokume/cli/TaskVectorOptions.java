package dev.mokume.cli;

import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Rescale;
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
  private final Curves curves;
  private final Problems problems;

  /// @param models without the base
  TaskVectorOptions(
      MethodFlags flags, Method method, int models, Curves curves, Problems problems) {
    this.flags = flags;
    this.method = method;
    this.models = models;
    this.curves = curves;
    this.problems = problems;
  }

  Weights expression(Optional<Mask> mask) {
    TaskVectorMethod named = method.taskVectors().orElseThrow();
    Weights base = new Weights.Source(ModelNames.letter(models));
    double lambda = flags.lambda.orElse(1.0);
    Weights merged =
        named.of(
            base,
            parts(named),
            normalises(flags, named.normalises(), problems),
            flags
                .rescale
                .map(text -> problems.oneOf("--rescale", text, Rescale.values()))
                .orElse(named.rescale()),
            flags.seed.orElse(1L),
            curves.of("lambda", lambda, flags.lambda.isPresent()));
    return mask.isPresent()
        ? new Weights.Interpolate(Interpolation.LINEAR, base, merged, new Ratio.Constant(1), mask)
        : merged;
  }

  private List<TaskVectorMethod.Part> parts(TaskVectorMethod named) {
    List<Double> weights =
        flags
            .weights
            .map(text -> Numbers.reals("--weights", text, models, problems))
            .orElse(Collections.nCopies(models, 1.0));
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
              new Weights.Source(ModelNames.letter(i)),
              curves.ofModel(
                  "weights", ModelNames.letter(i), weights.get(i), flags.weights.isPresent()),
              density(named, i, densities.get(i)),
              spread(named, i, spread)));
    }
    return parts;
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
    String text = flags.density.orElse("1");
    boolean forAll = !text.strip().matches(".*[,;\\s].*");
    List<Double> given = Numbers.reals("--density", text, forAll ? 1 : models, problems);
    given.forEach(density -> problems.share("--density", density));
    return forAll && given.size() == 1 ? Collections.nCopies(models, given.getFirst()) : given;
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
