package dev.mokume.expression;

/// How one number is made of the quantiles of a tensor's chunks.
public enum QuantileRule {
  /// The lower median of the chunks' quantiles, each in f32.
  MEDIAN,
  /// The chunks' quantiles, each in f32, sorted, at index `(int) (q * chunks)`.
  QUANTILE,
  /// One quantile over the whole tensor, in f64; chunks play no part.
  EXACT
}
