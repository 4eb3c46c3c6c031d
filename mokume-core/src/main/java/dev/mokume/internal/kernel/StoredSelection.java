package dev.mokume.internal.kernel;

/// Chooses between stored elements by mask bits, whatever they mean. Bit 0 of the mask is for the
/// element at `first`; `count` is at most a [Block]'s.
public interface StoredSelection {
  /// `out[i] = set ? out[i] : whenClear[i]`.
  void select(long[] mask, short[] whenClear, short[] out, int first, int count);

  /// The same of 16-bit elements that lie two to an int, the first in the lower half. What shares
  /// its int with an odd last element is nobody's.
  void selectPairs(long[] mask, int[] whenClear, int[] out, int first, int count);

  /// `out[i] = set ? out[i] : whenClear[i]`.
  void select(long[] mask, float[] whenClear, float[] out, int first, int count);
}
