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
    int[] counts = new int[Histogram.UPPER_BUCKETS];
    counts[7] = 2;
    counts[9] = 3;
    assertThat(locate(0, 1, counts).isOneBucket()).isTrue();
    OrderStatistics across = locate(1, 2, counts);
    assertThat(across.isOneBucket()).isFalse();
    assertThat(across.lowerPlace()).isEqualTo(new OrderStatistics.Place(7, 1));
    assertThat(across.upperPlace()).isEqualTo(new OrderStatistics.Place(9, 0));
  }

  @Test
  void countersOfSeveralWorkersAreOneCount() {
    int[] one = new int[Histogram.UPPER_BUCKETS];
    int[] other = new int[Histogram.UPPER_BUCKETS];
    one[7] = 1;
    other[7] = 2;
    one[Histogram.UPPER_BUCKETS - 1] = 3;
    OrderStatistics places = locate(2, 4, one, other);
    assertThat(places.lowerPlace()).isEqualTo(new OrderStatistics.Place(7, 2));
    assertThat(places.upperPlace())
        .isEqualTo(new OrderStatistics.Place(Histogram.UPPER_BUCKETS - 1, 1));
    long[] sums = new long[Histogram.UPPER_BUCKETS];
    sums[7] = 3;
    sums[Histogram.UPPER_BUCKETS - 1] = 3;
    assertThat(OrderStatistics.locate(Counters.of(sums), 2, 4)).isEqualTo(places);
  }

  /// Together they may be more than an `int` can count.
  @Test
  void manyCountsAreNoFewer() {
    int[] full = new int[Histogram.UPPER_BUCKETS];
    full[0] = Integer.MAX_VALUE;
    int[] last = new int[Histogram.UPPER_BUCKETS];
    last[1000] = 1;
    long before = 3L * Integer.MAX_VALUE;
    assertThat(locate(before, before, full, full, last, full).lowerPlace())
        .isEqualTo(new OrderStatistics.Place(1000, 0));
  }

  private static OrderStatistics locate(long lowerRank, long upperRank, int[]... counts) {
    return OrderStatistics.locate(Counters.of(counts), lowerRank, upperRank);
  }

  @Test
  void refusesARankThatDoesNotExist() {
    int[] counts = new int[Histogram.UPPER_BUCKETS];
    counts[7] = 2;
    assertThatThrownBy(() -> locate(0, 2, counts))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rank 2 of only 2 magnitudes");
    assertThatThrownBy(() -> locate(2, 3, counts))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rank 3 of only 2 magnitudes");
  }

  @Test
  void findsWhatWasCountedWithinABracketIfTheRanksAreThere() {
    int bucket = Float.floatToIntBits(1) / Histogram.LOWER_BUCKETS;
    float next = Math.nextUp(1f);
    float[] values = {0.5f, 1, next, -next, next, 1.00390625f, 2};
    int[] counts = new int[2 * Histogram.LOWER_BUCKETS];
    histogram.countWithin(values, 0, values.length, bucket, 2, counts);
    Counters counters = Counters.of(counts);
    assertThat(OrderStatistics.within(bucket, counters, 3, 4))
        .hasValue(new OrderStatistics.Magnitudes(next, 1.00390625f, 2));
    assertThat(OrderStatistics.within(bucket, counters, 0, 0))
        .hasValue(new OrderStatistics.Magnitudes(1, 1, 0));
    assertThat(OrderStatistics.within(bucket, counters, 4, 5)).as("2 was not counted").isEmpty();
    assertThat(OrderStatistics.within(bucket, counters, 5, 6)).as("nor what follows").isEmpty();
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
    int[] sample = new int[Histogram.UPPER_BUCKETS];
    Counters counters = Counters.of(sample);
    // 10,000 of a million elements: one magnitude in four is in each of four buckets.
    for (int bucket = 100; bucket < 104; bucket++) {
      sample[bucket] = 2500;
    }
    // Rank 300,000 is the 3,000th of the sample, give or take 230: in bucket 101.
    assertThat(OrderStatistics.bracket(counters, 300_000, 300_000, 1_000_000, 1))
        .isEqualTo(new Bracket(101, 1));
    // With its neighbours, if there may be as many.
    assertThat(OrderStatistics.bracket(counters, 300_000, 300_000, 1_000_000, 8))
        .isEqualTo(new Bracket(100, 3));
    // Rank 250,000 may be in 100 or in 101; of four buckets these are in the middle.
    assertThat(OrderStatistics.bracket(counters, 250_000, 250_000, 1_000_000, 8))
        .isEqualTo(new Bracket(99, 4));
    // No bracket goes beyond the first or the last bucket.
    sample[0] = 90_000;
    assertThat(OrderStatistics.bracket(counters, 0, 1, 1_000_000, 8)).isEqualTo(new Bracket(0, 3));
    // Where it is anybody's guess, the likeliest is in the middle of all that there may be.
    Arrays.fill(sample, 1);
    assertThat(OrderStatistics.bracket(counters, 500_000, 500_000, 1_000_000, 8))
        .isEqualTo(new Bracket(32_765, 8));
  }

  private float[] select(float[] values, long lowerRank, long upperRank) {
    int[] first = new int[Histogram.UPPER_BUCKETS];
    int[] second = new int[Histogram.UPPER_BUCKETS];
    int middle = values.length / 2;
    histogram.countUpper(values, 0, middle, first);
    histogram.countUpper(values, middle, values.length, second);
    OrderStatistics places = locate(lowerRank, upperRank, first, second);
    OrderStatistics.Magnitudes found =
        places.magnitudes(
            countLower(values, places.lowerPlace().bucket()),
            countLower(values, places.upperPlace().bucket()));
    return new float[] {found.lower(), found.upper()};
  }

  private Counters countLower(float[] values, int bucket) {
    int[] counts = new int[Histogram.LOWER_BUCKETS];
    histogram.countWithin(values, 0, values.length, bucket, 1, counts);
    return Counters.of(counts);
  }
}
