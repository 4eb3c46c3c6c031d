package dev.mokume.internal.random;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.internal.kernel.Draws;
import dev.mokume.internal.kernel.Kernels;
import java.util.Arrays;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;

/// Whether the stateless draws behave as random ones where merging relies on it. Every statistic is
/// standardised: for truly random draws it is a normal deviate, so beyond 4.5 lies one in 150,000.
/// The seeds are fixed, and so is the outcome.
class StatelessDrawsTest {
  private static final int COUNT = 1 << 20;
  private static final double LIMIT = 4.5;
  private static final Draws DRAWS = Kernels.scalar().draws();
  private static final String[] NAMES = {
    "model.diffusion_model.input_blocks.1.1.proj_in.weight",
    "model.diffusion_model.input_blocks.1.1.proj_out.weight",
    "model.diffusion_model.input_blocks.2.1.proj_in.weight",
    "a",
    "b"
  };

  @Test
  void keepsTheShareAskedFor() {
    for (double probability : new double[] {0.001, 0.1, 0.5, 0.9, 0.999}) {
      for (String name : NAMES) {
        long kept = cardinality(keep(RandomKey.of(1, "0", name), probability));
        double deviation = Math.sqrt(COUNT * probability * (1 - probability));
        assertWithin("share kept", (kept - COUNT * probability) / deviation);
      }
    }
  }

  @Test
  void keepsAllOrNothingExactly() {
    assertThat(cardinality(keep(1, 1))).isEqualTo(COUNT);
    assertThat(cardinality(keep(1, 0))).isZero();
  }

  @Test
  void hasAsManyRunsAsChanceMakes() {
    for (double probability : new double[] {0.1, 0.5, 0.9}) {
      for (String name : NAMES) {
        long[] bits = keep(RandomKey.of(2, "0", name), probability);
        long changes = 0;
        for (int i = 1; i < COUNT; i++) {
          changes += bit(bits, i) ^ bit(bits, i - 1);
        }
        double change = 2 * probability * (1 - probability);
        double variance =
            COUNT * change * (1 - change) + 2 * COUNT * (change / 2 - change * change);
        assertWithin("runs", (changes - (COUNT - 1) * change) / Math.sqrt(variance));
      }
    }
  }

  @Test
  void elementsAtAnyDistanceAreUncorrelated() {
    for (String name : NAMES) {
      float[] values = uniform(RandomKey.of(3, "0", name));
      for (int distance : new int[] {1, 2, 3, 4, 16, 64, 320, 1280, 4096}) {
        assertWithin(
            "serial correlation at " + distance,
            correlation(values, 0, values, distance, COUNT - distance));
      }
    }
  }

  @Test
  void streamsNamesAndSeedsAreUncorrelated() {
    float[] values = uniform(RandomKey.of(4, "0", NAMES[0]));
    LongFunction<float[]> ofSeed = seed -> uniform(RandomKey.of(seed, "0", NAMES[0]));
    for (long seed : new long[] {0, 3, 5, 6, 4 + (1L << 32), 4 | 1L << 63}) {
      assertWithin("seed " + seed, correlation(values, 0, ofSeed.apply(seed), 0, COUNT));
    }
    for (String stream : new String[] {"1", "2", "00", "mask"}) {
      assertWithin(
          "stream", correlation(values, 0, uniform(RandomKey.of(4, stream, NAMES[0])), 0, COUNT));
    }
    // Tensors of equal shape: the reference gives them one mask.
    for (int i = 1; i < NAMES.length; i++) {
      assertWithin(
          "name", correlation(values, 0, uniform(RandomKey.of(4, "0", NAMES[i])), 0, COUNT));
    }
  }

  @Test
  void neighbouringKeysAreUncorrelated() {
    // Never made by hashing, and still sound.
    float[] values = uniform(1000);
    for (long key : new long[] {1001, 1002, 1000 + (1L << 32), 1000 ^ 1L << 63}) {
      assertWithin("key", correlation(values, 0, uniform(key), 0, COUNT));
    }
  }

  @Test
  void masksOfTwoModelsOverlapByChanceOnly() {
    long[] a = keep(RandomKey.of(5, "0", NAMES[0]), 0.2);
    long[] b = keep(RandomKey.of(5, "1", NAMES[0]), 0.2);
    long both = 0;
    for (int w = 0; w < a.length; w++) {
      both += Long.bitCount(a[w] & b[w]);
    }
    assertWithin("overlap", (both - COUNT * 0.04) / Math.sqrt(COUNT * 0.04 * 0.96));
  }

  @Test
  void quartersAreAlikeLikelyAndCoverEverything() {
    for (String name : NAMES) {
      DrawSequence draws = new StatelessDraws(DRAWS, RandomKey.of(6, "quarters", name));
      long[] all = new long[COUNT / 64];
      double square = 0;
      for (int quarter = 0; quarter < 4; quarter++) {
        long[] bits = new long[COUNT / 64];
        draws.quarter(0, quarter, bits, COUNT);
        double off = cardinality(bits) - COUNT / 4.0;
        square += off * off / (COUNT / 4.0);
        for (int w = 0; w < all.length; w++) {
          assertThat(all[w] & bits[w]).isZero();
          all[w] |= bits[w];
        }
      }
      assertThat(cardinality(all)).isEqualTo(COUNT);
      // Chi-square of three degrees of freedom: beyond 25 lies one in 65,000.
      assertThat(square).isLessThan(25);
    }
  }

  @Test
  void uniformValuesFillEveryCell() {
    for (String name : NAMES) {
      int[] cells = new int[1024];
      for (float value : uniform(RandomKey.of(7, "0", name))) {
        cells[(int) (value * cells.length)]++;
      }
      double square =
          Arrays.stream(cells).mapToDouble(n -> (n - 1024.0) * (n - 1024.0) / 1024).sum();
      assertWithin("chi-square", (square - 1023) / Math.sqrt(2 * 1023));
    }
  }

  @Test
  void normalValuesHaveTheMomentsAndTheShape() {
    for (String name : NAMES) {
      float[] values = new float[COUNT];
      new StatelessDraws(DRAWS, RandomKey.of(8, "0", name)).normal(0, 0, 1, values, COUNT);
      double[] moments = new double[5];
      for (float value : values) {
        for (int power = 1; power <= 4; power++) {
          moments[power] += Math.pow(value, power) / COUNT;
        }
      }
      // Standard errors of the raw moments of a normal variable: sqrt(1, 2, 15, 96) / sqrt(n).
      double scale = Math.sqrt(COUNT);
      assertWithin("mean", moments[1] * scale);
      assertWithin("variance", (moments[2] - 1) * scale / Math.sqrt(2));
      assertWithin("skewness", moments[3] * scale / Math.sqrt(15));
      assertWithin("kurtosis", (moments[4] - 3) * scale / Math.sqrt(96));
      // Kolmogorov and Smirnov: beyond 2.5 lies one in 130,000.
      assertThat(kolmogorov(values) * scale)
          .as("distance from the normal distribution")
          .isLessThan(2.5);
      assertWithin("serial correlation", correlation(values, 0, values, 1, COUNT - 1));
    }
  }

  private static void assertWithin(String what, double deviate) {
    assertThat(Math.abs(deviate)).as(what).isLessThan(LIMIT);
  }

  private static long[] keep(long key, double probability) {
    long[] bits = new long[COUNT / 64];
    new StatelessDraws(DRAWS, key).keep(0, probability, bits, COUNT);
    return bits;
  }

  private static float[] uniform(long key) {
    float[] values = new float[COUNT];
    new StatelessDraws(DRAWS, key).uniform(0, values, COUNT);
    return values;
  }

  private static long cardinality(long[] bits) {
    return Kernels.scalar().bits().cardinality(bits, COUNT);
  }

  private static long bit(long[] bits, int i) {
    return bits[i >> 6] >>> i & 1;
  }

  /// Pearson's correlation times the square root of the count.
  private static double correlation(float[] a, int fromA, float[] b, int fromB, int count) {
    double sumA = 0;
    double sumB = 0;
    double squareA = 0;
    double squareB = 0;
    double product = 0;
    for (int i = 0; i < count; i++) {
      double x = a[fromA + i];
      double y = b[fromB + i];
      sumA += x;
      sumB += y;
      squareA += x * x;
      squareB += y * y;
      product += x * y;
    }
    double covariance = product - sumA * sumB / count;
    return covariance
        / Math.sqrt((squareA - sumA * sumA / count) * (squareB - sumB * sumB / count))
        * Math.sqrt(count);
  }

  /// The greatest distance between the share of values up to a point and the normal distribution
  /// there, over cells of a hundredth.
  private static double kolmogorov(float[] values) {
    int[] cells = new int[1201];
    for (float value : values) {
      cells[(int) Math.ceil(Math.clamp((value + 6) * 100, 0, 1200))]++;
    }
    double step = 0.01 / 16;
    double area = 0;
    long below = 0;
    double distance = 0;
    for (int cell = 0; cell <= 1200; cell++) {
      below += cells[cell];
      distance = Math.max(distance, Math.abs((double) below / values.length - area));
      for (int part = 0; part < 16; part++) {
        double x = -6 + cell * 0.01 + (part + 0.5) * step;
        area += Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI) * step;
      }
    }
    return distance;
  }
}
