package dev.mokume.internal.random;

/// How torch turns uniform deviates into normal ones, sixteen at a time. Which of the two it uses
/// depends on the machine it was built for; they differ in the last bits.
public enum TorchNormal {
  /// The kernel of x86 builds for AVX2: polynomials in f32 with fused steps, as gcc contracts them.
  /// Bit for bit.
  AVX2_FMA {
    @Override
    void transform(float[] values, int start, float mean, float deviation) {
      for (int i = start; i < start + HALF; i++) {
        float radius = (float) Math.sqrt(-2 * fusedLog(1 - values[i]));
        float angle = FLOAT_TURN * values[i + HALF];
        values[i] = Math.fma(radius * fusedCos(angle), deviation, mean);
        values[i + HALF] = Math.fma(radius * fusedSin(angle), deviation, mean);
      }
    }
  },

  /// The portable kernel: f32 throughout, each operation rounded, with functions rounded to the
  /// nearest f32. The C library's are not always, so about one value in two hundred differs from a
  /// recorded one by a unit of the last place.
  SCALAR {
    @Override
    void transform(float[] values, int start, float mean, float deviation) {
      for (int i = start; i < start + HALF; i++) {
        float radius = (float) Math.sqrt(-2 * (float) StrictMath.log(1 - values[i]));
        float angle = (float) (2 * Math.PI * values[i + HALF]);
        values[i] = radius * (float) StrictMath.cos(angle) * deviation + mean;
        values[i + HALF] = radius * (float) StrictMath.sin(angle) * deviation + mean;
      }
    }
  };

  /// Values that are transformed together: eight radii, then eight angles.
  static final int GROUP = 16;

  private static final int HALF = GROUP / 2;
  private static final float FLOAT_TURN = (float) (2 * Math.PI);

  /// Turns sixteen uniform deviates from `start` on into normal ones, in place.
  abstract void transform(float[] values, int start, float mean, float deviation);

  /// Natural logarithm of x in (0, 1].
  private static float fusedLog(float x) {
    int bits = Float.floatToRawIntBits(Math.max(x, Float.MIN_NORMAL));
    float exponent = (bits >>> 23) - 126;
    float mantissa = Float.intBitsToFloat(bits & 0x007F_FFFF | 0x3F00_0000);
    float f = mantissa - 1;
    if (mantissa < 0.707106781186547524f) {
      f += mantissa;
      exponent -= 1;
    }
    float square = f * f;
    float y = 7.0376836292E-2f;
    y = Math.fma(y, f, -1.1514610310E-1f);
    y = Math.fma(y, f, 1.1676998740E-1f);
    y = Math.fma(y, f, -1.2420140846E-1f);
    y = Math.fma(y, f, 1.4249322787E-1f);
    y = Math.fma(y, f, -1.6668057665E-1f);
    y = Math.fma(y, f, 2.0000714765E-1f);
    y = Math.fma(y, f, -2.4999993993E-1f);
    y = Math.fma(y, f, 3.3333331174E-1f);
    y = y * f;
    y = Math.fma(y, square, exponent * -2.12194440e-4f);
    y = y - square * 0.5f;
    return Math.fma(exponent, 0.693359375f, f + y);
  }

  private static float fusedSin(float angle) {
    int octant = octant(angle);
    float rest = rest(angle, octant);
    float value = (octant & 2) == 0 ? sinSeries(rest) : cosSeries(rest);
    return (octant & 4) == 0 ? value : -value;
  }

  private static float fusedCos(float angle) {
    int octant = octant(angle);
    float rest = rest(angle, octant);
    float value = (octant & 2) == 0 ? cosSeries(rest) : sinSeries(rest);
    return (octant - 2 & 4) == 0 ? -value : value;
  }

  /// The even number of eighths of a turn nearest to the angle.
  private static int octant(float angle) {
    return (int) (angle * 1.27323954473516f) + 1 & ~1;
  }

  /// The angle less its octant, a quarter of pi taken off in three parts.
  private static float rest(float angle, int octant) {
    float rest = Math.fma((float) octant, -0.78515625f, angle);
    rest = Math.fma((float) octant, -2.4187564849853515625e-4f, rest);
    return Math.fma((float) octant, -3.77489497744594108e-8f, rest);
  }

  private static float cosSeries(float x) {
    float square = x * x;
    float c = 2.443315711809948E-5f;
    c = Math.fma(c, square, -1.388731625493765E-3f);
    c = Math.fma(c, square, 4.166664568298827E-2f);
    c = c * square;
    return Math.fma(c, square, -(square * 0.5f)) + 1;
  }

  private static float sinSeries(float x) {
    float square = x * x;
    float s = -1.9515295891E-4f;
    s = Math.fma(s, square, 8.3321608736E-3f);
    s = Math.fma(s, square, -1.6666654611E-1f);
    s = s * square;
    return Math.fma(s, x, x);
  }
}
