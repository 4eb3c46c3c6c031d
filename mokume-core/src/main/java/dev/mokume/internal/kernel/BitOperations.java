package dev.mokume.internal.kernel;

/// Masks of a block as 64-bit words: bit `i & 63` of word `i >> 6` is element `i`'s. Bits from
/// `count` on are written 0. `out` may be any of the inputs.
public interface BitOperations {
  /// Bit i = `a[i] < threshold`; false for NaN.
  void lessThan(float[] a, float threshold, long[] out, int count);

  /// Bit i = `a[i] >= threshold`; false for NaN.
  void atLeast(float[] a, float threshold, long[] out, int count);

  /// Bit i = `a[i] > threshold`; false for NaN.
  void greaterThan(float[] a, float threshold, long[] out, int count);

  /// Bit i = a[i] is strictly positive (`positive`) or strictly negative (not `positive`): zero and
  /// NaN have no sign.
  void hasSign(float[] a, boolean positive, long[] out, int count);

  void and(long[] a, long[] b, long[] out, int count);

  void or(long[] a, long[] b, long[] out, int count);

  void xor(long[] a, long[] b, long[] out, int count);

  /// `a & ~b`
  void andNot(long[] a, long[] b, long[] out, int count);

  /// All bits in `[0, count)` set to `value`.
  void fill(boolean value, long[] out, int count);

  /// How many bits of `[0, count)` are set.
  long cardinality(long[] a, int count);
}
