package dev.mokume.cli;

import dev.mokume.recipe.AngleRule;
import dev.mokume.recipe.ElementRule;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Vectors;
import dev.mokume.recipe.Weights;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// What the options of a method mean that combines models by lengths and angles, or element by
/// element upon a base. The base is the last model.
final class CombinationOptions {
  private final MethodFlags flags;
  private final Method method;
  private final int models;
  private final Curves curves;
  private final Problems problems;

  /// @param models without the base
  CombinationOptions(
      MethodFlags flags, Method method, int models, Curves curves, Problems problems) {
    this.flags = flags;
    this.method = method;
    this.models = models;
    this.curves = curves;
    this.problems = problems;
  }

  /// @param alpha of an arc
  Optional<Weights> byAngle(Ratio alpha, Optional<Mask> mask) {
    if (!fits()) {
      return Optional.empty();
    }
    AngleRule rule =
        switch (method.id()) {
          case "nuslerp" -> new AngleRule.Arc(alpha);
          case "multislerp" ->
              new AngleRule.Mean(weights(), TaskVectorOptions.normalises(flags, true, problems));
          case "karcher" ->
              new AngleRule.Karcher(
                  curves.of("iterations", iterations(), flags.iterations.isPresent()),
                  curves.of("tolerance", tolerance(), flags.tolerance.isPresent()));
          case "model-stock" -> new AngleRule.Stock();
          default -> throw new IllegalStateException("no rule of " + method.id());
        };
    Vectors vectors =
        flags
            .vectors
            .map(text -> problems.oneOf("--vectors", text, Vectors.values()))
            .orElse(Vectors.WHOLE);
    Optional<Weights> base = flags.base.map(_ -> model(models));
    Weights.ByAngle combined = new Weights.ByAngle(rule, sources(), base, vectors);
    return Optional.of(masked(combined.first(), combined, mask));
  }

  Optional<Weights> byElement(Optional<Mask> mask) {
    if (!fits()) {
      return Optional.empty();
    }
    ElementRule rule =
        switch (method.id()) {
          case "nearswap" ->
              new ElementRule.NearSwap(
                  curves.of(
                      "reach",
                      atLeastZero("--reach", flags.reach, Method.REACH),
                      flags.reach.isPresent()));
          case "ram" ->
              new ElementRule.Overlap(
                  epsilon(), new Ratio.Constant(0), new Ratio.Constant(ElementRule.Overlap.MOST));
          case "ramplus-tl" ->
              new ElementRule.Overlap(
                  epsilon(),
                  curves.of(
                      "gain",
                      atLeastZero("--gain", flags.gain, ElementRule.Overlap.GAIN),
                      flags.gain.isPresent()),
                  curves.of(
                      "most",
                      atLeastZero("--most", flags.most, ElementRule.Overlap.MOST),
                      flags.most.isPresent()));
          case "sce" -> new ElementRule.Variance(density());
          case "arcee-fusion" -> new ElementRule.Importance();
          default -> throw new IllegalStateException("no rule of " + method.id());
        };
    Weights base = model(models);
    return Optional.of(masked(base, new Weights.ByElement(rule, base, sources()), mask));
  }

  /// Another number of models was told already, and so was a base that is missing.
  private boolean fits() {
    return models >= method.fewestModels()
        && models <= method.mostModels()
        && (flags.base.isPresent() || !method.needsBase());
  }

  private static Weights masked(Weights first, Weights merged, Optional<Mask> mask) {
    return mask.isPresent()
        ? new Weights.Interpolate(Interpolation.LINEAR, first, merged, new Ratio.Constant(1), mask)
        : merged;
  }

  private static Weights model(int number) {
    return new Weights.Source(ModelNames.letter(number));
  }

  private List<Weights> sources() {
    return IntStream.range(0, models).mapToObj(CombinationOptions::model).toList();
  }

  private List<Ratio> weights() {
    List<Double> given =
        flags
            .weights
            .map(text -> Numbers.reals("--weights", text, models, problems))
            .orElse(Collections.nCopies(models, 1.0));
    List<Double> weights = given.size() == models ? given : Collections.nCopies(models, 1.0);
    return IntStream.range(0, models)
        .mapToObj(i ->
            curves.ofModel(
                "weights", ModelNames.letter(i), weights.get(i), flags.weights.isPresent()))
        .toList();
  }

  private int iterations() {
    int iterations = flags.iterations.orElse(AngleRule.Karcher.ITERATIONS);
    if (iterations < 1 || iterations > AngleRule.Karcher.MOST_ITERATIONS) {
      problems.add(
          "--iterations must be in 1.."
              + AngleRule.Karcher.MOST_ITERATIONS
              + " but was "
              + iterations
              + ".");
      return 1;
    }
    return iterations;
  }

  private double tolerance() {
    double tolerance = flags.tolerance.orElse(AngleRule.Karcher.TOLERANCE);
    if (!(tolerance > 0 && tolerance < Double.POSITIVE_INFINITY)) {
      problems.add("--tolerance must be above 0 but was " + tolerance + ".");
      return AngleRule.Karcher.TOLERANCE;
    }
    return tolerance;
  }

  private Ratio epsilon() {
    return curves.of(
        "epsilon",
        atLeastZero("--epsilon", flags.epsilon, ElementRule.Overlap.EPSILON),
        flags.epsilon.isPresent());
  }

  private Ratio density() {
    String text = flags.density.orElse("1");
    List<Double> given = Numbers.reals("--density", text, 1, problems);
    double density = given.size() == 1 ? problems.share("--density", given.getFirst()) : 1;
    return curves.of("density", density, flags.density.isPresent());
  }

  private double atLeastZero(String option, Optional<Double> given, double otherwise) {
    double value = given.orElse(otherwise);
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      problems.add(option + " must not be negative but was " + value + ".");
      return otherwise;
    }
    return value;
  }
}
