package dev.mokume.internal.kernel;

import java.util.Optional;

/// Two order statistics of magnitudes, found exactly in two counting passes: no sorting, no copy of
/// the values.
///
/// Pass 1 counts every magnitude with [Histogram#countUpper]; [#locate] then knows the buckets that
/// the wanted ranks lie in. Pass 2 counts those buckets with [Histogram#countWithin]: one of them
/// if [#isOneBucket()], else two. [#magnitudes] then are the values. Ranks count from 0, NaN is
/// greatest.
///
/// Where pass 1 sees a sample only, [#bracket] says which buckets the ranks lie in most likely, and
/// [#within] finds the values among what pass 2 counts of those.
///
/// @param lowerPlace of the lower rank
/// @param upperPlace of the upper rank
public record OrderStatistics(Place lowerPlace, Place upperPlace) {
  /// Standard deviations that a rank in a sample may be off.
  private static final int DEVIATIONS = 5;

  /// Buckets that are passed by at once on the way to a rank, a power of two of magnitudes in pass
  /// 1: thousands of counters lie before most ranks.
  private static final int STRIDE = 256;

  /// Where a rank lies.
  ///
  /// @param bucket the bucket's number
  /// @param rank the rank among the bucket's own
  public record Place(int bucket, long rank) {}

  /// The magnitudes at both ranks.
  ///
  /// @param equal how many of the same as the lower one come before it
  public record Magnitudes(float lower, float upper, long equal) {}

  /// @param counts of pass 1, [Histogram#UPPER_BUCKETS] of them
  /// @param lowerRank in [0, number of magnitudes)
  /// @param upperRank in [lowerRank, number of magnitudes)
  public static OrderStatistics locate(Counters counts, long lowerRank, long upperRank) {
    Place lower = place(counts, 0, lowerRank);
    Place upper = after(counts, lower, upperRank - lowerRank);
    if (upper.bucket == counts.buckets()) {
      throw new IllegalArgumentException(
          "rank " + upperRank + " of only " + total(counts) + " magnitudes");
    }
    return new OrderStatistics(lower, upper);
  }

  /// Whether both ranks lie in one bucket of pass 1, so that one count of pass 2 serves both.
  public boolean isOneBucket() {
    return lowerPlace.bucket == upperPlace.bucket;
  }

  /// The magnitudes, given pass 2's counts.
  ///
  /// @param ofLower of the lower rank's bucket
  /// @param ofUpper of the upper rank's; not looked at if that is the same bucket
  public Magnitudes magnitudes(Counters ofLower, Counters ofUpper) {
    boolean one = isOneBucket();
    OrderStatistics found =
        locate(ofLower, lowerPlace.rank, one ? upperPlace.rank : lowerPlace.rank);
    Place lower = found.lowerPlace;
    Place upper =
        one ? found.upperPlace : locate(ofUpper, upperPlace.rank, upperPlace.rank).lowerPlace;
    return new Magnitudes(
        magnitude(lowerPlace.bucket, lower), magnitude(upperPlace.bucket, upper), lower.rank);
  }

  /// Neighbouring buckets of pass 1.
  public record Bracket(int first, int buckets) {}

  /// The buckets that hold two ranks in all likelihood, and one more on either side.
  ///
  /// @param sample counts of pass 1, of some of the elements
  /// @param elements how many there are in all
  /// @param most how many buckets there may be; those in the middle if that is less
  public static Bracket bracket(
      Counters sample, long lowerRank, long upperRank, long elements, int most) {
    long sampled = total(sample);
    if (sampled == 0) {
      return new Bracket(0, 1);
    }
    double share = (double) lowerRank / elements;
    double slack = DEVIATIONS * Math.sqrt(share * (1 - share) * sampled) + 1;
    long first = expected(lowerRank, elements, sampled, -slack);
    long last = expected(upperRank, elements, sampled, slack);
    Place lower = place(sample, 0, first);
    int least = lower.bucket;
    int greatest = after(sample, lower, last - first).bucket;
    int buckets = Math.min(most, greatest - least + 3);
    if (greatest - least >= most) {
      long middle = expected(lowerRank, elements, sampled, 0);
      least = after(sample, lower, middle - first).bucket;
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

  private static long total(Counters counts) {
    long total = 0;
    for (int bucket = 0; bucket < counts.buckets(); bucket += STRIDE) {
      total += counts.count(bucket, Math.min(bucket + STRIDE, counts.buckets()));
    }
    return total;
  }

  /// The magnitudes at two ranks among those that were counted within a bracket; nothing if so many
  /// were not.
  ///
  /// @param bucket the first of the bracket
  /// @param lowerRank from 0 for the least that was counted
  public static Optional<Magnitudes> within(
      int bucket, Counters counts, long lowerRank, long upperRank) {
    Place lower = place(counts, 0, lowerRank);
    Place upper = after(counts, lower, upperRank - lowerRank);
    return upper.bucket == counts.buckets()
        ? Optional.empty()
        : Optional.of(
            new Magnitudes(magnitude(bucket, lower), magnitude(bucket, upper), lower.rank));
  }

  private static float magnitude(int bucket, Place lower) {
    return Float.intBitsToFloat(bucket * Histogram.LOWER_BUCKETS + lower.bucket);
  }

  /// The place of the rank that comes so many after that of a place.
  private static Place after(Counters counts, Place place, long ranks) {
    return place(counts, place.bucket, place.rank + ranks);
  }

  /// The place of a rank among the magnitudes of a bucket and all that follow; beyond the last
  /// bucket if there are not so many.
  private static Place place(Counters counts, int first, long rank) {
    long left = rank;
    int bucket = first;
    while (bucket < counts.buckets()) {
      int end = Math.min(bucket + STRIDE, counts.buckets());
      long passed = counts.count(bucket, end);
      if (left < passed) {
        return placeNear(counts, bucket, left);
      }
      left -= passed;
      bucket = end;
    }
    return new Place(bucket, left);
  }

  /// The same where it is known that there are as many.
  private static Place placeNear(Counters counts, int first, long rank) {
    long left = rank;
    int bucket = first;
    long count = counts.count(bucket, bucket + 1);
    while (left >= count) {
      left -= count;
      bucket++;
      count = counts.count(bucket, bucket + 1);
    }
    return new Place(bucket, left);
  }
}
