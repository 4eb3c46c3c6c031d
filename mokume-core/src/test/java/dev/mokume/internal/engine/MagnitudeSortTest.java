package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MagnitudeSortTest {
  private final MagnitudeSort sort = new MagnitudeSort();

  private static long[] keys(float... magnitudes) {
    long[] keys = new long[magnitudes.length];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = (long) Float.floatToIntBits(magnitudes[i]) << 32 | i;
    }
    return keys;
  }

  private int[] places(long[] keys) {
    long[] sorted = sort.sort(keys, keys.length);
    return Arrays.stream(sorted, 0, keys.length).mapToInt(key -> (int) key).toArray();
  }

  @Test
  void theLeastComesFirstAndEqualOnesAsTheyAre() {
    assertThat(places(keys(2, 0, 1, Float.NaN, 0, Float.POSITIVE_INFINITY, 1)))
        .containsExactly(1, 4, 2, 6, 0, 5, 3);
  }

  @Test
  void longRowsAreSortedAsShortOnesAre() {
    SplittableRandom random = new SplittableRandom(3);
    for (int length : new int[] {255, 256, 257, 4096, 20_000}) {
      float[] magnitudes = new float[length];
      for (int i = 0; i < length; i++) {
        // Many equal ones, of which some are 0.
        magnitudes[i] = Math.abs(Math.round(random.nextGaussian() * 100) * 0x1p-9f);
      }
      long[] expected = keys(magnitudes);
      Arrays.sort(expected);
      assertThat(Arrays.copyOf(sort.sort(keys(magnitudes), length), length)).isEqualTo(expected);
    }
  }

  @Test
  void aRowOfEqualOnesStaysAsItIs() {
    float[] magnitudes = new float[1000];
    Arrays.fill(magnitudes, 0.125f);
    assertThat(sort.sort(keys(magnitudes), 1000)).isEqualTo(keys(magnitudes));
  }
}
