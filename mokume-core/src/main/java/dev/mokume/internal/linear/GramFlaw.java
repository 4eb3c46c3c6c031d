package dev.mokume.internal.linear;

/// Why nothing can be solved by the Gram matrices of a [GramRegression].
public sealed interface GramFlaw {
  /// A number that is NaN or infinite.
  ///
  /// @param gram which of the matrices, from 0
  record NotFinite(int gram, long row, long column) implements GramFlaw {}

  /// A sum of squares that is negative.
  ///
  /// @param gram which of the matrices, from 0
  record Negative(int gram, long row, double value) implements GramFlaw {}

  /// Two numbers that should be one.
  ///
  /// @param gram which of the matrices, from 0
  /// @param value in that row and column
  /// @param across the one in row `column` and column `row`
  record NotSymmetric(int gram, long row, long column, double value, double across)
      implements GramFlaw {}

  /// An input that was 0 in every example of every model.
  record Unseen(long row) implements GramFlaw {}

  /// Inputs that depended on one another in all examples: the sum has no inverse.
  record Dependent() implements GramFlaw {}
}
