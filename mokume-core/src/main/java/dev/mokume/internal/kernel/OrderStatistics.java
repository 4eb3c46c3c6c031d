package dev.mokume.internal.kernel;

/// Two order statistics of magnitudes, found exactly in two counting passes: no sorting, no copy of
/// the values.
///
/// Pass 1 counts every magnitude with [Histogram#countUpper]; [#locate] then knows the buckets that
/// the wanted ranks lie in. Pass 2 counts those buckets with [Histogram#countLower]: one of them if
/// [#isOneBucket()], else two. [#lower] and [#upper] then are the values. Ranks count from 0, NaN
/// is greatest.
///
/// Workers count into arrays of their own and [#add] them to the total before any count passes
/// 2^31.
///
/// @param lowerPlace of the lower rank
/// @param upperPlace of the upper rank
public record OrderStatistics(Place lowerPlace, Place upperPlace) {
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
