package dev.mokume.internal.kernel;

/// Normal deviates from uniform ones, alike on every machine: only the four exactly rounded
/// operations and the square root, never fused, no library function.
///
/// Source: G. Box, M. Muller, A Note on the Generation of Random Normal Deviates (1958), cosine
/// branch. The logarithm is the series of the inverse hyperbolic tangent, sine and cosine are their
/// Taylor series on an eighth of a turn. Each is within 2.5e-16 of the true value, relative for the
/// logarithm and absolute for the cosine.
final class BoxMuller {
  /// Bits of sqrt(1/2), where a mantissa is split from its exponent.
  static final long SPLIT = 0x3FE6_A09E_667F_3BCDL;

  /// ln 2 in two parts; the first has zeros to multiply an exponent without rounding.
  static final double LN2_UPPER = 0x1.62E42FEFA38p-1;

  static final double LN2_LOWER = 0x1.EF35793C7673p-45;

  /// 2 / (2k + 1) for k = 11 down to 1: the series of log((1+s)/(1-s)) in powers of s^2.
  static final double[] LOG = {
    2.0 / 23, 2.0 / 21, 2.0 / 19, 2.0 / 17, 2.0 / 15, 2.0 / 13, 2.0 / 11, 2.0 / 9, 2.0 / 7, 2.0 / 5,
    2.0 / 3
  };

  /// (-1)^k / (2k + 1)! for k = 8 down to 1.
  static final double[] SIN = {
    1.0 / 355687428096000.0,
    -1.0 / 1307674368000.0,
    1.0 / 6227020800.0,
    -1.0 / 39916800,
    1.0 / 362880,
    -1.0 / 5040,
    1.0 / 120,
    -1.0 / 6
  };

  /// (-1)^k / (2k)! for k = 8 down to 1.
  static final double[] COS = {
    1.0 / 20922789888000.0,
    -1.0 / 87178291200.0,
    1.0 / 479001600,
    -1.0 / 3628800,
    1.0 / 40320,
    -1.0 / 720,
    1.0 / 24,
    -1.0 / 2
  };

  /// A turn in radians, divided by 2^32.
  static final double TURN = 0x1.921FB54442D18p-30;

  private BoxMuller() {}

  /// A standard normal deviate of two draws of 32 bits, each a long in [0, 2^32). Its magnitude is
  /// at most 6.77.
  static double deviate(long radiusDraw, long angleDraw) {
    // The half keeps the logarithm's argument above 0 and below 1.
    double uniform = (radiusDraw + 0.5) * 0x1p-32;
    return Math.sqrt(-2 * log(uniform)) * cos(angleDraw);
  }

  /// Natural logarithm of a normal number in (0, 1].
  static double log(double x) {
    long bits = Double.doubleToRawLongBits(x);
    long exponent = bits - SPLIT >> 52;
    double mantissa = Double.longBitsToDouble(bits - (exponent << 52));
    double s = (mantissa - 1) / (mantissa + 1);
    double square = s * s;
    double series = LOG[0];
    for (int i = 1; i < LOG.length; i++) {
      series = series * square + LOG[i];
    }
    double tail = series * square * s;
    return exponent * LN2_UPPER + (2 * s + (tail + exponent * LN2_LOWER));
  }

  /// Cosine of `draw * 2^-32` turns.
  static double cos(long draw) {
    long quarter = draw + (1L << 29) >> 30;
    double angle = (draw - (quarter << 30)) * TURN;
    double square = angle * angle;
    double value =
        (quarter & 1) == 0
            ? 1 + cosSeries(square) * square
            : angle + sinSeries(square) * square * angle;
    return (quarter + 1 & 2) == 0 ? value : -value;
  }

  private static double cosSeries(double square) {
    double series = COS[0];
    for (int i = 1; i < COS.length; i++) {
      series = series * square + COS[i];
    }
    return series;
  }

  private static double sinSeries(double square) {
    double series = SIN[0];
    for (int i = 1; i < SIN.length; i++) {
      series = series * square + SIN[i];
    }
    return series;
  }
}
