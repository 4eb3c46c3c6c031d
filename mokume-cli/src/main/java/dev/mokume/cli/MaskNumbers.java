package dev.mokume.cli;

import dev.mokume.recipe.Ratio;
import java.util.Optional;

/// The numbers of a mask, each of which may differ from tensor to tensor.
final class MaskNumbers {
  private final Curves curves;
  private final Problems problems;

  /// @param usual the number that is meant where an option names none
  MaskNumbers(CurveFlags flags, String usual, Problems problems) {
    this.curves = new Curves(flags, usual, problems);
    this.problems = problems;
  }

  /// A number that has no default: what curves leave out needs one.
  Ratio threshold(Optional<Double> given) {
    if (given.isEmpty() && !curves.isWhole("threshold")) {
      throw new MissingArgument(
          "--threshold is missing: the quantile, 0..1, of all tensors that no other option names"
              + " one for. Only --gradient and --ratio-for go without it");
    }
    return share("threshold", given, 0);
  }

  /// The share of elements that a density leaves clear.
  Ratio clearShare(Optional<Double> density) {
    Ratio share = share("density", density, 0.5);
    return share instanceof Ratio.Constant(double value)
        ? new Ratio.Constant(1 - value)
        : new Ratio.Complement(share);
  }

  private Ratio share(String name, Optional<Double> given, double otherwise) {
    double number = problems.share("--" + name, given.orElse(otherwise));
    return curves.of(name, number, given.isPresent(), point -> problems.share("--gradient", point));
  }

  Ratio mean(Optional<Double> given) {
    return curves.of("mean", given.orElse(0.0), given.isPresent());
  }

  Ratio deviation(Optional<Double> given) {
    double number = given.orElse(1.0);
    if (number < 0) {
      problems.add("--deviation must not be negative but was " + number + ".");
      number = 0;
    }
    return curves.of("deviation", number, given.isPresent());
  }

  /// Tells what is wrong, after all numbers were asked for.
  ///
  /// @param mask as people type it
  void throwIfAny(String mask) {
    curves.tellOthers(mask);
    problems.throwIfAny();
  }
}
