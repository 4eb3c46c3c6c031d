package dev.mokume.plugin;

/// A number over all elements of an input, or of two. Sums are f64 and do not depend on tiles or
/// threads.
public sealed interface Statistic {
  /// @param input which, from 0
  record Sum(int input) implements Statistic {}

  /// @param input which, from 0
  record SumOfSquares(int input) implements Statistic {}

  /// @param input which, from 0
  record SumOfMagnitudes(int input) implements Statistic {}

  /// @param input which, from 0
  record Least(int input) implements Statistic {}

  /// @param input which, from 0
  record Greatest(int input) implements Statistic {}

  /// The dot product of two inputs.
  record Dot(int a, int b) implements Statistic {}
}
