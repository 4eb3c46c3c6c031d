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
    int least = bucket * LOWER_BUCKETS;
    float lower = Float.intBitsToFloat(least);
    float upper = Float.intBitsToFloat(least + buckets * LOWER_BUCKETS);
    if (!(upper < Float.POSITIVE_INFINITY)) {
      return countEachWithin(a, from, to, bucket, buckets, counts);
    }
    long[] near = Scratch.ofThread().near;
    int below = 0;
    for (int start = from; start < to; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, to - start);
      below += SignBits.near(a, start, lower, upper, near, length);
      for (int word = 0; word < length; word += Long.SIZE) {
        for (long bits = near[word >> 6]; bits != 0; bits &= bits - 1) {
          int i = start + word + Long.numberOfTrailingZeros(bits);
          countEachWithin(a, i, i + 1, bucket, buckets, counts);
        }
      }
    }
    return below;
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
