package dev.mokume.recipe;

/// Numbers as text that reads back as the same number.
final class Numbers {
  private Numbers() {}

  /// `1` for 1.0, `0.35`, `1.0E-5`; `-0.0` keeps its sign.
  static String shortest(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("a recipe's numbers are finite but this is " + value);
    }
    boolean whole =
        value == Math.rint(value)
            && Math.abs(value) < 1e15
            && Double.doubleToRawLongBits(value) != Long.MIN_VALUE;
    return whole ? Long.toString((long) value) : Double.toString(value);
  }
}
