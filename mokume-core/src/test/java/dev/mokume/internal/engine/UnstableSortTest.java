package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class UnstableSortTest {
  private static int[] order(int[] magnitudes, boolean descending) {
    long[] keys = new long[magnitudes.length];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = (long) magnitudes[i] << 32 | i;
    }
    UnstableSort.sort(keys, keys.length, descending);
    return Arrays.stream(keys).mapToInt(key -> (int) key).toArray();
  }

  /// As `std::sort` of libstdc++ leaves them.
  @Test
  void equalOnesChangePlaces() {
    int[] left = {10, 19, 18, 17, 16, 15, 14, 13, 12, 11, 0, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    assertThat(order(new int[20], false)).isEqualTo(left);
    assertThat(order(new int[20], true)).isEqualTo(left);
    assertThat(order(IntStream.range(0, 24).map(i -> i % 3).toArray(), true))
        .containsExactly(
            23, 2, 20, 5, 17, 8, 14, 11, 1, 22, 19, 16, 13, 10, 7, 4, 12, 15, 9, 18, 6, 21, 3, 0);
  }

  @Test
  void sixteenKeepTheirPlaces() {
    assertThat(order(new int[16], true)).isEqualTo(IntStream.range(0, 16).toArray());
  }

  @Test
  void everythingIsSorted() {
    SplittableRandom random = new SplittableRandom(1);
    for (int size = 0; size < 3000; size += 1 + size / 3) {
      for (int range : new int[] {1, 4, 1 << 30}) {
        int[] magnitudes = random.ints(size, 0, range).toArray();
        assertSorted(magnitudes);
      }
    }
  }

  /// Rows that make the median of three a bad pivot time and again, so that heaps take over.
  @Test
  void badPivotsDoNotMatter() {
    int half = 2000;
    int[] killer = new int[2 * half];
    for (int i = 0; i < half; i++) {
      killer[i] = i % 2 == 0 ? i + 1 : half + i;
      killer[half + i] = 2 * (i + 1);
    }
    assertSorted(killer);
  }

  private static void assertSorted(int[] magnitudes) {
    int[] ascending = Arrays.stream(order(magnitudes, false)).map(i -> magnitudes[i]).toArray();
    int[] descending = Arrays.stream(order(magnitudes, true)).map(i -> magnitudes[i]).toArray();
    int[] expected = magnitudes.clone();
    Arrays.sort(expected);
    assertThat(ascending).isEqualTo(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(descending[i]).isEqualTo(expected[expected.length - 1 - i]);
    }
  }
}
