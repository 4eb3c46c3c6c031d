package dev.mokume.cli;

import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Rescale;
import dev.mokume.recipe.Sparsify;
import dev.mokume.recipe.Weights;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.List;

/// What `--sparse` makes of the models before a method merges them: each as it is without it.
final class SparseOptions {
  private final MethodFlags flags;
  private final int models;
  private final Curves curves;
  private final Problems problems;
  private final How how;
  private final List<Double> densities;
  private final Rescale rescale;

  /// What is kept.
  private enum How {
    RANDOM,
    MAGNITUDE,
    OF_MODEL
  }

  /// @param models without the base
  SparseOptions(MethodFlags flags, int models, Curves curves, Problems problems) {
    this.flags = flags;
    this.models = models;
    this.curves = curves;
    this.problems = problems;
    this.how =
        flags.sparse.map(text -> problems.oneOf("--sparse", text, How.values())).orElse(How.RANDOM);
    this.densities =
        flags
            .sparseDensity
            .map(text -> densities("--sparse-density", text, models, problems))
            .orElse(List.of());
    this.rescale =
        flags
            .sparseRescale
            .map(text -> problems.oneOf("--sparse-rescale", text, Rescale.values()))
            .orElse(how == How.RANDOM ? Rescale.INVERSE_DENSITY : Rescale.NONE);
    if (flags.sparse.isPresent() && flags.sparseDensity.isEmpty()) {
      problems.add(
          "--sparse needs the share to keep: --sparse-density 0.1, or one for each model.");
    }
    if (flags.sparse.isEmpty()
        && (flags.sparseDensity.isPresent() || flags.sparseRescale.isPresent())) {
      problems.add(
          "--sparse-density and --sparse-rescale go with --sparse, which says what to keep: random,"
              + " magnitude or of-model.");
    }
  }

  /// A share for all models, or one for each.
  static List<Double> densities(String option, String text, int models, Problems problems) {
    boolean forAll = !text.strip().matches(".*[,;\\s].*");
    List<Double> given = Numbers.reals(option, text, forAll ? 1 : models, problems);
    given.forEach(density -> problems.share(option, density));
    return forAll && given.size() == 1 ? Collections.nCopies(models, given.getFirst()) : given;
  }

  /// The share that is dropped, as exactly as the one that is kept was written.
  static double dropRate(double density, Problems problems) {
    double kept = problems.share("the share to keep", density);
    return BigDecimal.ONE.subtract(BigDecimal.valueOf(kept)).doubleValue();
  }

  /// A model as the method is to see it.
  Weights model(int number) {
    Weights model = new Weights.Source(ModelNames.letter(number));
    if (flags.sparse.isEmpty() || number >= densities.size()) {
      return model;
    }
    Sparsify keep = keep(number, densities.get(number));
    if (flags.base.isEmpty()) {
      return new Weights.Sparse(model, keep, rescale);
    }
    Weights base = new Weights.Source(ModelNames.letter(models));
    Delta kept = new Delta.Sparse(new Delta.Difference(model, base), keep, rescale);
    return new Weights.AddDelta(base, kept, new Ratio.Constant(1));
  }

  private Sparsify keep(int model, double density) {
    return switch (how) {
      case RANDOM -> new Sparsify.Random(density(model, density), flags.seed.orElse(1L));
      case MAGNITUDE -> new Sparsify.Magnitude(density(model, density));
      case OF_MODEL -> new Sparsify.OfModel(dropRate(density, problems));
    };
  }

  private Ratio density(int model, double density) {
    return curves.ofModel("sparse-density", ModelNames.letter(model), density, true);
  }
}
