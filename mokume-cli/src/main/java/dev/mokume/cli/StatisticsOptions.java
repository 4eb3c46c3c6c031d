package dev.mokume.cli;

import dev.mokume.error.Amount;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What the options of a method with statistics mean: a file for each model.
final class StatisticsOptions {
  private final MethodFlags flags;
  private final int models;
  private final SparseOptions sparse;
  private final Curves curves;
  private final Problems problems;

  /// @param models without the base
  /// @param sparse what becomes of them before
  /// @param problems where it is told if there is not a file for each model
  StatisticsOptions(
      MethodFlags flags,
      Method method,
      int models,
      SparseOptions sparse,
      Curves curves,
      Problems problems) {
    this.flags = flags;
    this.models = models;
    this.sparse = sparse;
    this.curves = curves;
    this.problems = problems;
    if (flags.statistics.size() != models) {
      problems.add(
          "%s needs a file of statistics for each model, in their order: %s for %s; write --statistics FILE once for each."
              .formatted(
                  method.id(),
                  Amount.count(flags.statistics.size(), "file was given", "files were given"),
                  Amount.count(models, "model", "models")));
    }
  }

  private static String name(int model) {
    return ModelNames.letter(model) + "_statistics";
  }

  /// Adds the files to a recipe's models.
  static void name(List<Path> statistics, Map<String, Path> models) {
    for (int i = 0; i < statistics.size(); i++) {
      models.put(name(i), statistics.get(i));
    }
  }

  Weights fisher() {
    List<Double> weights = TaskVectorOptions.weights(flags, models, problems);
    List<Weights.Informed> informed = new ArrayList<>();
    for (int i = 0; i < Math.min(models, weights.size()); i++) {
      informed.add(
          new Weights.Informed(
              sparse.model(i), new Weights.Source(name(i)), weight(i, weights.get(i))));
    }
    double minimum = flags.minimum.orElse(Weights.Fisher.MINIMUM);
    if (!(minimum >= 0)) {
      problems.add("--minimum must not be negative but was " + minimum + ".");
      minimum = 0;
    }
    return new Weights.Fisher(
        informed,
        TaskVectorOptions.normalises(flags, true, problems),
        curves.of("minimum", minimum, flags.minimum.isPresent()));
  }

  Weights regmean() {
    List<Double> weights = TaskVectorOptions.weights(flags, models, problems);
    List<Weights.Observed> observed = new ArrayList<>();
    for (int i = 0; i < Math.min(models, weights.size()); i++) {
      observed.add(
          new Weights.Observed(
              sparse.model(i), new Weights.Source(name(i)), weight(i, weights.get(i))));
    }
    return new Weights.RegMean(
        observed,
        curves.of(
            "off-diagonal",
            problems.share("--off-diagonal", flags.offDiagonal.orElse(1.0)),
            flags.offDiagonal.isPresent()));
  }

  private Ratio weight(int model, double number) {
    return TaskVectorOptions.weight(flags, curves, model, number);
  }
}
