package dev.mokume.internal.kernel;

/// Plain loops; C2 vectorises all but [#select], which copies what most elements get in bulk.
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
    if (least > 0 && least < Float.POSITIVE_INFINITY) {
      trimAll(a, least, out, count);
    } else {
      trim(a, least, out, 0, count);
    }
  }

  /// Times 0 what is less, times 1 what is not; `+ 0` makes -0 of a trimmed element +0.
  private static void trimAll(float[] a, float least, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      float sign = Math.signum(least - Math.abs(a[i]));
      float isLess = 0.5f * (sign * sign + sign);
      out[i] = a[i] * (1 - isLess) + 0f;
    }
  }

  static void trim(float[] a, float least, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = Math.abs(a[i]) < least ? 0 : a[i];
    }
  }

  @Override
  public void select(long[] mask, float[] whenSet, float[] whenClear, float[] out, int count) {
    for (int start = 0; start < count; start += Block.ELEMENTS) {
      MaskedCopies.select(
          mask,
          start >> 6,
          whenSet,
          whenClear,
          out,
          start,
          Math.min(Block.ELEMENTS, count - start));
    }
  }

  static void select(
      long[] mask, float[] whenSet, float[] whenClear, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = (mask[i >> 6] >>> i & 1) != 0 ? whenSet[i] : whenClear[i];
    }
  }
}
