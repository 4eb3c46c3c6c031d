package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.internal.kernel.OrderStatistics.Bracket;
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

  @Test
  void countsWhatLiesWithinAFewBucketsAndBelowThem() {
    // 1 to 1.0078125 are the first bucket above 1, 1.0078125 the first number of the next.
    int bucket = Float.floatToIntBits(1) / Histogram.LOWER_BUCKETS;
    float[] values = {-1, 0.99f, Math.nextUp(1f), 1.0078125f, -1.00390625f, Float.NaN, 0};
    int[] counts = new int[2 * Histogram.LOWER_BUCKETS];
    assertThat(histogram.countWithin(values, 0, values.length, bucket, 2, counts)).isEqualTo(2);
    assertThat(counts[0]).as("1").isOne();
    assertThat(counts[1]).as("the number after 1").isOne();
    assertThat(counts[Histogram.LOWER_BUCKETS]).as("the second bucket's first").isOne();
    assertThat(Arrays.stream(counts).sum()).isEqualTo(3);
  }

  @Test
  void aSampleShowsWhereRanksLie() {
    long[] sample = new long[Histogram.UPPER_BUCKETS];
    // 10,000 of a million elements: one magnitude in four is in each of four buckets.
    for (int bucket = 100; bucket < 104; bucket++) {
      sample[bucket] = 2500;
    }
    // Rank 300,000 is the 3,000th of the sample, give or take 230: in bucket 101.
    assertThat(OrderStatistics.bracket(sample, 300_000, 300_000, 1_000_000, 1))
        .isEqualTo(new Bracket(101, 1));
    // With its neighbours, if there may be as many.
    assertThat(OrderStatistics.bracket(sample, 300_000, 300_000, 1_000_000, 8))
        .isEqualTo(new Bracket(100, 3));
    // Rank 250,000 may be in 100 or in 101; of four buckets these are in the middle.
    assertThat(OrderStatistics.bracket(sample, 250_000, 250_000, 1_000_000, 8))
        .isEqualTo(new Bracket(99, 4));
    // No bracket goes beyond the first or the last bucket.
    sample[0] = 90_000;
    assertThat(OrderStatistics.bracket(sample, 0, 1, 1_000_000, 8)).isEqualTo(new Bracket(0, 3));
    // Where it is anybody's guess, the likeliest is in the middle of all that there may be.
    Arrays.fill(sample, 1);
    assertThat(OrderStatistics.bracket(sample, 500_000, 500_000, 1_000_000, 8))
        .isEqualTo(new Bracket(32_765, 8));
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
    histogram.countWithin(values, 0, values.length, bucket, 1, counts);
    OrderStatistics.add(counts, total);
    return total;
  }
}
