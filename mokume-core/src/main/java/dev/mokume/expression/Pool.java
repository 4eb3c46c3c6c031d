package dev.mokume.expression;

import java.util.List;

/// What becomes of the numbers that several tensors have at one place.
public sealed interface Pool {
  /// The sum of weight times number, in order, divided by the sum of the weights: f64, rounded to
  /// f32 once.
  ///
  /// @param weights one a tensor; their sum is positive
  record WeightedMean(List<Double> weights) implements Pool {
    public WeightedMean {
      weights = List.copyOf(weights);
      if (!(weights.stream().mapToDouble(weight -> weight).sum() > 0)) {
        throw new IllegalArgumentException("the weights of a mean must have a positive sum");
      }
    }
  }

  /// The mean of what is left when the `cut` smallest and as many of the greatest numbers are left
  /// out: their sum in ascending order, f64, rounded to f32 once. With one or two left it is the
  /// median. NaN if any of the numbers is.
  record TrimmedMean(int cut) implements Pool {
    public TrimmedMean {
      if (cut < 0) {
        throw new IllegalArgumentException("cannot leave out " + cut + " numbers");
      }
    }
  }
}
