package dev.mokume.internal.kernel;

/// How many magnitudes fell into each bucket of a [Histogram].
public interface Counters {
  int buckets();

  /// How many are in the buckets `[from, to)`.
  long count(int from, int to);

  /// Counters of several workers, of the same buckets, which are added up where they are looked at.
  ///
  /// @param arrays none of which counts 2^31 magnitudes
  static Counters of(int[]... arrays) {
    return new Counters() {
      @Override
      public int buckets() {
        return arrays.length == 0 ? 0 : arrays[0].length;
      }

      @Override
      public long count(int from, int to) {
        long count = 0;
        for (int[] array : arrays) {
          int own = 0;
          for (int bucket = from; bucket < to; bucket++) {
            own += array[bucket];
          }
          count += own;
        }
        return count;
      }
    };
  }

  static Counters of(long[] counts) {
    return new Counters() {
      @Override
      public int buckets() {
        return counts.length;
      }

      @Override
      public long count(int from, int to) {
        long count = 0;
        for (int bucket = from; bucket < to; bucket++) {
          count += counts[bucket];
        }
        return count;
      }
    };
  }
}
