package dev.mokume.internal.kernel;

import dev.mokume.tensor.DType;

/// Rounds to an 8-bit float up or down, as a draw wants it. Plain loops: a model is rounded once.
public final class RandomRounding {
  private static final RandomRounding E4M3 = new RandomRounding(3, -6, 448);
  private static final RandomRounding E5M2 = new RandomRounding(2, -14, 57_344);

  private final int mantissaBits;
  private final int leastExponent;
  private final float greatest;

  /// @param leastExponent of a normal number
  private RandomRounding(int mantissaBits, int leastExponent, float greatest) {
    this.mantissaBits = mantissaBits;
    this.leastExponent = leastExponent;
    this.greatest = greatest;
  }

  /// @throws IllegalArgumentException if `dtype` is no 8-bit float
  public static RandomRounding to(DType dtype) {
    if (dtype.equals(DType.F8_E4M3)) {
      return E4M3;
    }
    if (dtype.equals(DType.F8_E5M2)) {
      return E5M2;
    }
    throw new IllegalArgumentException(dtype + " is not rounded at random");
  }

  /// The greatest finite number of the dtype.
  public float greatest() {
    return greatest;
  }

  /// out[i] = a[i], rounded towards zero to the dtype, and one place further where draws[i] is
  /// below the part of a place that was cut off. What is beyond the greatest finite number stays as
  /// it is. The arrays may be the same.
  public void round(float[] a, float[] draws, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = round(a[i], draws[i]);
    }
  }

  private float round(float value, float draw) {
    float magnitude = Math.abs(value);
    if (!(magnitude <= greatest)) {
      return value;
    }
    // A power of two, so that dividing by it is exact.
    float place =
        Math.scalb(1f, Math.max(Math.getExponent(magnitude), leastExponent) - mantissaBits);
    float places = magnitude / place;
    int whole = (int) places;
    float rounded = (draw < places - whole ? whole + 1 : whole) * place;
    return Math.copySign(rounded, value);
  }
}
