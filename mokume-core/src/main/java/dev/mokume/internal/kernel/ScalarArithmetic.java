package dev.mokume.internal.kernel;

/// Plain loops; C2 vectorises all but [#trim] and [#select].
class ScalarArithmetic implements Arithmetic {
  @Override
  public void blend(float[] a, float weightA, float[] b, float weightB, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = weightA * a[i] + weightB * b[i];
    }
  }

  @Override
  public void add(float[] a, float[] b, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = a[i] + b[i];
    }
  }

  @Override
  public void subtract(float[] a, float[] b, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = a[i] - b[i];
    }
  }

  @Override
  public void multiply(float[] a, float[] b, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = a[i] * b[i];
    }
  }

  @Override
  public void divide(float[] a, float[] b, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = a[i] / b[i];
    }
  }

  @Override
  public void addScalar(float[] a, float addend, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = a[i] + addend;
    }
  }

  @Override
  public void scale(float[] a, float factor, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = a[i] * factor;
    }
  }

  @Override
  public void divideScalar(float[] a, float divisor, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = a[i] / divisor;
    }
  }

  @Override
  public void absolute(float[] a, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = Math.abs(a[i]);
    }
  }

  @Override
  public void trim(float[] a, float least, float[] out, int count) {
    trim(a, least, out, 0, count);
  }

  static void trim(float[] a, float least, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = Math.abs(a[i]) < least ? 0 : a[i];
    }
  }

  @Override
  public void select(long[] mask, float[] whenSet, float[] whenClear, float[] out, int count) {
    select(mask, whenSet, whenClear, out, 0, count);
  }

  static void select(
      long[] mask, float[] whenSet, float[] whenClear, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = (mask[i >> 6] >>> i & 1) != 0 ? whenSet[i] : whenClear[i];
    }
  }
}
