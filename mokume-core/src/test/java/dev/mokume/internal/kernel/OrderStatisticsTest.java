package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class OrderStatisticsTest {
  private final Histogram histogram = Kernels.scalar().histogram();

  @Test
  void findsEveryRankOfAHandfulOfValues() {
    float[] values = {
      -3, 0.5f, 0, -0.5f, 3.0000002f, Float.POSITIVE_INFINITY, Float.MIN_VALUE, Float.NaN
    };
    float[] sorted = {
      0, Float.MIN_VALUE, 0.5f, 0.5f, 3, 3.0000002f, Float.POSITIVE_INFINITY, Float.NaN
    };
    for (int rank = 0; rank < sorted.length; rank++) {
      assertThat(select(values, rank, rank)[0])
          .as("rank %d", rank)
          .isEqualTo(Float.valueOf(sorted[rank]));
    }
  }

  @Test
  void agreesWithSortingOnRandomValues() {
    float[] values = Samples.finiteFloats(1, 10_001);
    float[] sorted = new float[values.length];
    Kernels.scalar().arithmetic().absolute(values, sorted, values.length);
    Arrays.sort(sorted);
    for (int rank = 0; rank + 1 < sorted.length; rank += 250) {
      assertThat(select(values, rank, rank + 1)).containsExactly(sorted[rank], sorted[rank + 1]);
    }
  }

  @Test
  void knowsWhenOnePassServesBothRanks() {
    long[] counts = new long[Histogram.UPPER_BUCKETS];
    counts[7] = 2;
    counts[9] = 3;
    assertThat(OrderStatistics.locate(counts, 0, 1).isOneBucket()).isTrue();
    OrderStatistics across = OrderStatistics.locate(counts, 1, 2);
    assertThat(across.isOneBucket()).isFalse();
    assertThat(across.lowerPlace()).isEqualTo(new OrderStatistics.Place(7, 1));
    assertThat(across.upperPlace()).isEqualTo(new OrderStatistics.Place(9, 0));
  }

  @Test
  void refusesARankThatDoesNotExist() {
    long[] counts = new long[Histogram.UPPER_BUCKETS];
    counts[7] = 2;
    assertThatThrownBy(() -> OrderStatistics.locate(counts, 0, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rank 2 of only 2 magnitudes");
  }

  private float[] select(float[] values, long lowerRank, long upperRank) {
    long[] total = new long[Histogram.UPPER_BUCKETS];
    int[] counts = new int[Histogram.UPPER_BUCKETS];
    int middle = values.length / 2;
    histogram.countUpper(values, 0, middle, counts);
    OrderStatistics.add(counts, total);
    histogram.countUpper(values, middle, values.length, counts);
    OrderStatistics.add(counts, total);
    OrderStatistics found = OrderStatistics.locate(total, lowerRank, upperRank);
    return new float[] {
      found.lower(countLower(values, found.lowerPlace().bucket())),
      found.upper(countLower(values, found.upperPlace().bucket()))
    };
  }

  private long[] countLower(float[] values, int bucket) {
    long[] total = new long[Histogram.LOWER_BUCKETS];
    int[] counts = new int[Histogram.LOWER_BUCKETS];
    histogram.countLower(values, 0, values.length, bucket, counts);
    OrderStatistics.add(counts, total);
    return total;
  }
}
