package dev.mokume.internal.kernel;

/// Two order statistics of magnitudes, found exactly in two counting passes: no sorting, no copy of
/// the values.
///
/// Pass 1 counts every magnitude with [Histogram#countUpper]; [#locate] then knows the buckets that
/// the wanted ranks lie in. Pass 2 counts those buckets with [Histogram#countWithin]: one of them
/// if [#isOneBucket()], else two. [#lower] and [#upper] then are the values. Ranks count from 0,
/// NaN is greatest.
///
/// Where pass 1 sees a sample only, [#bracket] says which buckets the ranks lie in most likely, and
/// [#within] finds the values among what pass 2 counts of those.
///
/// Workers count into arrays of their own and [#add] them to the total before any count passes
/// 2^31.
///
/// @param lowerPlace of the lower rank
/// @param upperPlace of the upper rank
public record OrderStatistics(Place lowerPlace, Place upperPlace) {
  /// Standard deviations that a rank in a sample may be off.
  private static final int DEVIATIONS = 5;

  /// Where a rank lies.
  ///
  /// @param bucket the bucket's number
  /// @param rank the rank among the bucket's own
  public record Place(int bucket, long rank) {}

  /// Adds one worker's counts to the total and clears them.
  public static void add(int[] counts, long[] total) {
    for (int bucket = 0; bucket < counts.length; bucket++) {
      total[bucket] += counts[bucket];
      counts[bucket] = 0;
    }
  }

  /// @param upperCounts of pass 1, [Histogram#UPPER_BUCKETS] of them
  /// @param lowerRank in [0, number of magnitudes)
  /// @param upperRank in [lowerRank, number of magnitudes)
  public static OrderStatistics locate(long[] upperCounts, long lowerRank, long upperRank) {
    return new OrderStatistics(place(upperCounts, lowerRank), place(upperCounts, upperRank));
  }

  /// Whether both ranks lie in one bucket of pass 1, so that one count of pass 2 serves both.
  public boolean isOneBucket() {
    return lowerPlace.bucket == upperPlace.bucket;
  }

  /// The magnitude at the lower rank, given pass 2's counts of its bucket.
  public float lower(long[] lowerCounts) {
    return value(lowerPlace, lowerCounts);
  }

  /// The magnitude at the upper rank, given pass 2's counts of its bucket.
  public float upper(long[] lowerCounts) {
    return value(upperPlace, lowerCounts);
  }

  /// Neighbouring buckets of pass 1.
  public record Bracket(int first, int buckets) {}

  /// The buckets that hold two ranks in all likelihood, and one more on either side.
  ///
  /// @param sample counts of pass 1, of some of the elements
  /// @param elements how many there are in all
  /// @param most how many buckets there may be; those in the middle if that is less
  public static Bracket bracket(
      long[] sample, long lowerRank, long upperRank, long elements, int most) {
    long sampled = 0;
    for (long count : sample) {
      sampled += count;
    }
    if (sampled == 0) {
      return new Bracket(0, 1);
    }
    double share = (double) lowerRank / elements;
    double slack = DEVIATIONS * Math.sqrt(share * (1 - share) * sampled) + 1;
    int least = place(sample, expected(lowerRank, elements, sampled, -slack)).bucket;
    int greatest = place(sample, expected(upperRank, elements, sampled, slack)).bucket;
    int buckets = Math.min(most, greatest - least + 3);
    if (greatest - least >= most) {
      least = place(sample, expected(lowerRank, elements, sampled, 0)).bucket;
      greatest = least;
    }
    int spare = buckets - 1 - (greatest - least);
    return new Bracket(
        Math.clamp((long) least - spare / 2, 0, Histogram.UPPER_BUCKETS - buckets), buckets);
  }

  private static long expected(long rank, long elements, long sampled, double slack) {
    double position = (double) rank / elements * sampled + slack;
    return Math.clamp((long) position, 0L, sampled - 1);
  }

  /// The magnitude at a rank among those that were counted within a bracket.
  ///
  /// @param bucket the first of the bracket
  /// @param rank from 0 for the least that was counted
  public static float within(int bucket, long[] counts, long rank) {
    return Float.intBitsToFloat(bucket * Histogram.LOWER_BUCKETS + place(counts, rank).bucket);
  }

  /// How many of those that share a counter with a rank come before it.
  public static long equalsBefore(long[] counts, long rank) {
    return place(counts, rank).rank;
  }

  private static float value(Place upper, long[] lowerCounts) {
    Place lower = place(lowerCounts, upper.rank);
    return Float.intBitsToFloat(upper.bucket * Histogram.LOWER_BUCKETS + lower.bucket);
  }

  private static Place place(long[] counts, long rank) {
    long left = rank;
    for (int bucket = 0; bucket < counts.length; bucket++) {
      if (left < counts[bucket]) {
        return new Place(bucket, left);
      }
      left -= counts[bucket];
    }
    throw new IllegalArgumentException(
        "rank " + rank + " of only " + (rank - left) + " magnitudes");
  }
}
