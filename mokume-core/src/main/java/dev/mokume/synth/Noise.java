package dev.mokume.synth;

/// Random numbers by index, nearly normal and cheap: the sum of the four 16-bit quarters of a
/// SplitMix64 word.
///
/// Mean 0 and deviation 1 to 5 digits; no number is beyond 3.47 deviations, and the excess kurtosis
/// is -0.3 where a normal distribution has 0. That is close enough to look like weights and costs
/// no logarithm. Source of the words: Steele, Lea, Flood, Fast Splittable Pseudorandom Number
/// Generators (OOPSLA 2014).
final class Noise {
  private static final long STEP = 0x9E37_79B9_7F4A_7C15L;
  private static final int QUARTER = 0xFFFF;

  /// The mean of four numbers of 0 to 65535.
  private static final int CENTRE = 2 * QUARTER;

  /// One over the deviation of their sum: sqrt(3 / (65536^2 - 1)).
  private static final double UNIT = 2.642_899_792_130_3e-5;

  private Noise() {}

  /// `out[i] = mean + deviation * z(first + i)`, two roundings.
  static void fill(long key, long first, float mean, float deviation, float[] out, int count) {
    float scale = (float) (deviation * UNIT);
    for (int i = 0; i < count; i++) {
      out[i] = mean + scale * sum(key, first + i);
    }
  }

  /// `values[i] += deviation * z(first + i)`, two roundings.
  static void add(long key, long first, float deviation, float[] values, int count) {
    float scale = (float) (deviation * UNIT);
    for (int i = 0; i < count; i++) {
      values[i] += scale * sum(key, first + i);
    }
  }

  private static int sum(long key, long index) {
    long word = key + index * STEP;
    word = (word ^ word >>> 30) * 0xBF58_476D_1CE4_E5B9L;
    word = (word ^ word >>> 27) * 0x94D0_49BB_1331_11EBL;
    word ^= word >>> 31;
    // Both halves of the word at once: two sums of 17 bits, 32 bits apart.
    long pairs = (word & 0x0000_FFFF_0000_FFFFL) + (word >>> 16 & 0x0000_FFFF_0000_FFFFL);
    return (int) (pairs + (pairs >>> 32)) - CENTRE;
  }
}
