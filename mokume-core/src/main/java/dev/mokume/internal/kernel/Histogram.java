package dev.mokume.internal.kernel;

/// Counts magnitudes by their f32 bits, for exact selection without sorting. Magnitudes are the
/// bits of |a| as an unsigned 31-bit integer, which orders them as the values do, NaN last.
public interface Histogram {
  /// Buckets of the first pass: the upper 16 of the 31 bits.
  int UPPER_BUCKETS = 1 << 16;

  /// Buckets of the second pass: the lower 15 bits.
  int LOWER_BUCKETS = 1 << 15;

  /// Adds the magnitudes of `a[from..to)` to `counts` by their upper 16 bits.
  void countUpper(float[] a, int from, int to, int[] counts);

  /// Adds those magnitudes of `a[from..to)` whose upper 16 bits are in `[bucket, bucket + buckets)`
  /// to `counts` by how far their bits lie above those of the least of them; `counts` holds
  /// [#LOWER_BUCKETS] for each bucket. Returns how many lie below.
  int countWithin(float[] a, int from, int to, int bucket, int buckets, int[] counts);
}
