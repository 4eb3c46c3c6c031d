package dev.mokume.internal.kernel;

/// Sign elections among several values of each element; the definition is that of
/// [dev.mokume.expression.Elements.Elected].
public interface Elections {
  /// What is taken of the terms that count.
  enum Take {
    SUM,
    WEIGHT,
    MEAN
  }

  /// @param terms of `count` elements each, in order; `out` may be any of them
  /// @param weights one a term
  /// @param byCount whether signs are counted, not values added up
  /// @param evenIsPlus whether a vote of 0 elects plus
  void elect(
      float[][] terms,
      float[] weights,
      boolean byCount,
      boolean evenIsPlus,
      Take take,
      float[] out,
      int count);
}
