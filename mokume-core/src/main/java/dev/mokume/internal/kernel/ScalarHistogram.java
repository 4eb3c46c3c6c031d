package dev.mokume.internal.kernel;

/// Plain loops: a scattered increment has no faster vector form.
class ScalarHistogram implements Histogram {
  @Override
  public void countUpper(float[] a, int from, int to, int[] counts) {
    for (int i = from; i < to; i++) {
      counts[magnitude(a[i]) >>> 15]++;
    }
  }

  @Override
  public int countWithin(float[] a, int from, int to, int bucket, int buckets, int[] counts) {
    return countEachWithin(a, from, to, bucket, buckets, counts);
  }

  static int countEachWithin(float[] a, int from, int to, int bucket, int buckets, int[] counts) {
    int least = bucket * LOWER_BUCKETS;
    int size = buckets * LOWER_BUCKETS;
    int below = 0;
    for (int i = from; i < to; i++) {
      int above = magnitude(a[i]) - least;
      if (Integer.compareUnsigned(above, size) < 0) {
        counts[above]++;
      }
      below += above >>> 31;
    }
    return below;
  }

  static int magnitude(float value) {
    return Float.floatToRawIntBits(value) & 0x7FFF_FFFF;
  }
}
