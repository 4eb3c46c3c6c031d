package dev.mokume.expression;

/// A pure function of numbers, in f64 and with [StrictMath], so that it is the same on every
/// machine. Two formulas that are equal give the same value for the same numbers.
public interface Formula {
  /// The function's value.
  ///
  /// @throws IllegalArgumentException if `x` has another number of arguments than the function
  ///   takes
  double apply(double[] x);
}
