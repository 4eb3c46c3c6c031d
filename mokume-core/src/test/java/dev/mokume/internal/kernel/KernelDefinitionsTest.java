package dev.mokume.internal.kernel;

import static dev.mokume.internal.kernel.Samples.SIZES;
import static dev.mokume.internal.kernel.Samples.canonicalBits;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a kernel does to be fast can hide what it computes. Here each is held against its
/// definition, a line that is read at a glance, on values of every kind.
class KernelDefinitionsTest {
  private static final float[] THRESHOLDS = {
    0,
    -0f,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    1e-30f,
    0.25f,
    -1,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN
  };

  static Stream<Kernels> kernels() {
    return KernelKinds.all().values().stream();
  }

  /// Says what bit i is.
  private interface Bit {
    boolean at(int i);
  }

  private static long[] mask(int count, Bit bit) {
    long[] words = new long[(count + 63) / 64];
    for (int i = 0; i < count; i++) {
      if (bit.at(i)) {
        words[i / 64] |= 1L << i % 64;
      }
    }
    return words;
  }

  private static boolean isSet(long[] mask, int i) {
    return (mask[i / 64] >>> i % 64 & 1) == 1;
  }

  private static long[] words(int count) {
    return new long[(count + 63) / 64];
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void comparisons(Kernels kernels) {
    for (int count : SIZES) {
      float[] a = Samples.floats(count, count);
      long[] out = words(count);
      for (float threshold : THRESHOLDS) {
        // Equals and the closest to them are rare among random values.
        for (int i = 0; i + 2 < count; i += 9) {
          a[i] = threshold;
          a[i + 1] = Math.nextUp(threshold);
          a[i + 2] = Math.nextDown(threshold);
        }
        kernels.bits().lessThan(a, threshold, out, count);
        assertThat(out).isEqualTo(mask(count, i -> a[i] < threshold));
        kernels.bits().atLeast(a, threshold, out, count);
        assertThat(out).isEqualTo(mask(count, i -> a[i] >= threshold));
        kernels.bits().greaterThan(a, threshold, out, count);
        assertThat(out).isEqualTo(mask(count, i -> a[i] > threshold));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void draws(Kernels kernels) {
    long key = 0x1234_5678_9ABC_DEF0L;
    for (int count : SIZES) {
      long[] out = words(count);
      for (long first : new long[] {0, 2, 123_456_789_012L}) {
        for (long limit : new long[] {0, 1, 1L << 29, 1L << 32}) {
          kernels.draws().keep(key, first, limit, out, count);
          assertThat(out).isEqualTo(mask(count, i -> draw(key, first + i) < limit));
        }
        kernels.draws().quarter(key, first, 2, out, count);
        assertThat(out).isEqualTo(mask(count, i -> draw(key, first + i) >>> 30 == 2));
      }
    }
  }

  private static long draw(long key, long index) {
    long word = RandomWord.at(key, index / 2);
    return index % 2 == 0 ? word & 0xFFFF_FFFFL : word >>> 32;
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void choices(Kernels kernels) {
    for (int count : SIZES) {
      float[] a = Samples.floats(1, count);
      float[] b = Samples.floats(2, count);
      for (int of : new int[] {1, 2, 3, 16}) {
        for (boolean most : new boolean[] {false, true}) {
          long[] mask = mask(count, i -> i * 7 % of == 0 ^ most);
          float[] expected = new float[count];
          for (int i = 0; i < count; i++) {
            expected[i] = isSet(mask, i) ? a[i] : b[i];
          }
          float[] intoA = a.clone();
          kernels.arithmetic().select(mask, intoA, b, intoA, count);
          assertThat(canonicalBits(intoA)).isEqualTo(canonicalBits(expected));
          float[] intoB = b.clone();
          kernels.arithmetic().select(mask, a, intoB, intoB, count);
          assertThat(canonicalBits(intoB)).isEqualTo(canonicalBits(expected));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void trimming(Kernels kernels) {
    for (int count : SIZES) {
      float[] a = Samples.floats(count, count);
      for (float least : THRESHOLDS) {
        float[] expected = new float[count];
        for (int i = 0; i < count; i++) {
          expected[i] = Math.abs(a[i]) < least ? 0 : a[i];
        }
        float[] out = new float[count];
        kernels.arithmetic().trim(a, least, out, count);
        assertThat(canonicalBits(out)).as("less than %s", least).isEqualTo(canonicalBits(expected));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void countsAroundAQuantile(Kernels kernels) {
    for (float least : new float[] {0, 1e-40f, 0.25f, 1e38f}) {
      int bucket = Float.floatToIntBits(least) / Histogram.LOWER_BUCKETS;
      int start = bucket * Histogram.LOWER_BUCKETS;
      for (int count : SIZES) {
        float[] a = Samples.floats(count, count);
        for (int i = 0; i < count; i += 5) {
          a[i] = Float.intBitsToFloat(start + i * 97);
        }
        int[] counts = new int[3 * Histogram.LOWER_BUCKETS];
        int[] expected = new int[counts.length];
        int expectedBelow = 0;
        for (float value : a) {
          int above = (Float.floatToRawIntBits(value) & Integer.MAX_VALUE) - start;
          if (above < 0) {
            expectedBelow++;
          } else if (above < expected.length) {
            expected[above]++;
          }
        }
        int below = kernels.histogram().countWithin(a, 0, count, bucket, 3, counts);
        assertThat(below).as("%d below %s", count, least).isEqualTo(expectedBelow);
        assertThat(Arrays.equals(counts, expected)).as("%d from %s", count, least).isTrue();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void elections(Kernels kernels) {
    float[] weights = {1, 0.5f, 2};
    for (int count : SIZES) {
      for (boolean finite : new boolean[] {true, false}) {
        float[][] terms = new float[3][];
        for (int t = 0; t < 3; t++) {
          terms[t] = finite ? Samples.finiteFloats(t, count) : Samples.floats(t, count);
        }
        for (boolean byCount : new boolean[] {true, false}) {
          for (boolean evenIsPlus : new boolean[] {true, false}) {
            float[] expected = new float[count];
            for (int i = 0; i < count; i++) {
              expected[i] = elected(terms, weights, byCount, evenIsPlus, i);
            }
            float[] out = new float[count];
            kernels
                .elections()
                .elect(terms, weights, byCount, evenIsPlus, Elections.Take.MEAN, out, count);
            assertThat(canonicalBits(out)).isEqualTo(canonicalBits(expected));
          }
        }
      }
    }
  }

  /// The weighted mean of the terms whose sign most have.
  private static float elected(
      float[][] terms, float[] weights, boolean byCount, boolean evenIsPlus, int i) {
    float vote = 0;
    for (float[] term : terms) {
      boolean isNumber = !Float.isNaN(term[i]);
      vote += !byCount ? term[i] : isNumber ? Math.signum(term[i]) : 0;
    }
    boolean plus = vote > 0 || evenIsPlus && vote == 0;
    float sum = 0;
    float weight = 0;
    for (int t = 0; t < terms.length; t++) {
      if (plus ? terms[t][i] > 0 : terms[t][i] < 0) {
        sum += terms[t][i];
        weight += weights[t];
      }
    }
    return weight == 0 ? sum : sum / weight;
  }
}
