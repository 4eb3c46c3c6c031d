package dev.mokume.internal.kernel;

/// Plain loops: a scattered increment has no faster vector form.
final class ScalarHistogram implements Histogram {
  @Override
  public void countUpper(float[] a, int from, int to, int[] counts) {
    for (int i = from; i < to; i++) {
      counts[magnitude(a[i]) >>> 15]++;
    }
  }

  @Override
  public void countLower(float[] a, int from, int to, int upper, int[] counts) {
    for (int i = from; i < to; i++) {
      int magnitude = magnitude(a[i]);
      if (magnitude >>> 15 == upper) {
        counts[magnitude & LOWER_BUCKETS - 1]++;
      }
    }
  }

  private static int magnitude(float value) {
    return Float.floatToRawIntBits(value) & 0x7FFF_FFFF;
  }
}
