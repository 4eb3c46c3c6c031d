package dev.mokume.internal.kernel;

/// Element-wise f32 arithmetic over `[0, count)`. Every operation is rounded, never fused. `out`
/// may be any of the inputs.
public interface Arithmetic {
  /// `out = weightA * a + weightB * b`: three roundings.
  void blend(float[] a, float weightA, float[] b, float weightB, float[] out, int count);

  /// `out = a + b`
  void add(float[] a, float[] b, float[] out, int count);

  /// `out = a - b`
  void subtract(float[] a, float[] b, float[] out, int count);

  /// `out = a * b`
  void multiply(float[] a, float[] b, float[] out, int count);

  /// `out = a / b`
  void divide(float[] a, float[] b, float[] out, int count);

  /// `out = a + addend`
  void addScalar(float[] a, float addend, float[] out, int count);

  /// `out = a * factor`
  void scale(float[] a, float factor, float[] out, int count);

  /// `out = a / divisor`
  void divideScalar(float[] a, float divisor, float[] out, int count);

  /// `out = |a|`
  void absolute(float[] a, float[] out, int count);

  /// `out[i] = |a[i]| < least ? 0 : a[i]`
  void trim(float[] a, float least, float[] out, int count);

  /// `out[i] = mask bit i ? whenSet[i] : whenClear[i]`, bits moved and not computed with.
  void select(long[] mask, float[] whenSet, float[] whenClear, float[] out, int count);
}
