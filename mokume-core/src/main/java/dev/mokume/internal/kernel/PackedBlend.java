package dev.mokume.internal.kernel;

/// Arithmetic of BF16 elements that lie two to an int, the first in the lower half.
interface PackedBlend {
  /// `out[i] = weightA * a[i] + weightB * b[i]` for both elements of `pairs` ints, at most a
  /// [Block]'s, from `first` of each array on: three roundings in f32 and one to BF16. A NaN keeps
  /// the upper half of its payload. `out` may be `a` or `b`.
  void blend(int[] a, float weightA, int[] b, float weightB, int[] out, int first, int pairs);

  /// `out[i] = a[i] + (b[i] - a[i]) / divisor` likewise.
  void move(int[] a, int[] b, float divisor, int[] out, int first, int pairs);
}
