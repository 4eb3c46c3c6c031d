package dev.mokume.internal.kernel;

import java.util.Arrays;

/// Plain loops, which C2 vectorises; comparisons are those of [SignBits].
class ScalarBitOperations implements BitOperations {
  @Override
  public void lessThan(float[] a, float threshold, long[] out, int count) {
    SignBits.lessThan(a, threshold, out, 0, count);
  }

  @Override
  public void atLeast(float[] a, float threshold, long[] out, int count) {
    if (Math.abs(threshold) <= Float.MAX_VALUE) {
      SignBits.atLeast(a, threshold, out, 0, count);
    } else {
      atLeast(a, threshold, out, 0, count);
    }
  }

  /// One by one; `from` is a multiple of 64.
  static void atLeast(float[] a, float threshold, long[] out, int from, int count) {
    for (int start = from; start < count; start += Long.SIZE) {
      long word = 0;
      for (int i = start; i < Math.min(start + Long.SIZE, count); i++) {
        word |= (a[i] >= threshold ? 1L : 0L) << i;
      }
      out[start >> 6] = word;
    }
  }

  @Override
  public void greaterThan(float[] a, float threshold, long[] out, int count) {
    SignBits.greaterThan(a, threshold, out, 0, count);
  }

  @Override
  public void hasSign(float[] a, boolean positive, long[] out, int count) {
    if (positive) {
      greaterThan(a, 0, out, count);
    } else {
      lessThan(a, 0, out, count);
    }
  }

  @Override
  public void and(long[] a, long[] b, long[] out, int count) {
    int words = words(count);
    for (int w = 0; w < words; w++) {
      out[w] = a[w] & b[w];
    }
    clearTail(out, count);
  }

  @Override
  public void or(long[] a, long[] b, long[] out, int count) {
    int words = words(count);
    for (int w = 0; w < words; w++) {
      out[w] = a[w] | b[w];
    }
    clearTail(out, count);
  }

  @Override
  public void xor(long[] a, long[] b, long[] out, int count) {
    int words = words(count);
    for (int w = 0; w < words; w++) {
      out[w] = a[w] ^ b[w];
    }
    clearTail(out, count);
  }

  @Override
  public void andNot(long[] a, long[] b, long[] out, int count) {
    int words = words(count);
    for (int w = 0; w < words; w++) {
      out[w] = a[w] & ~b[w];
    }
    clearTail(out, count);
  }

  @Override
  public void fill(boolean value, long[] out, int count) {
    Arrays.fill(out, 0, words(count), value ? -1L : 0L);
    clearTail(out, count);
  }

  @Override
  public long cardinality(long[] a, int count) {
    int whole = count >> 6;
    long total = 0;
    for (int w = 0; w < whole; w++) {
      total += Long.bitCount(a[w]);
    }
    return (count & 63) == 0 ? total : total + Long.bitCount(a[whole] & lowest(count & 63));
  }

  static int words(int count) {
    return count + 63 >> 6;
  }

  /// Bits from `count` on in its last word become 0.
  static void clearTail(long[] out, int count) {
    if ((count & 63) != 0) {
      out[count >> 6] &= lowest(count & 63);
    }
  }

  private static long lowest(int bits) {
    return (1L << bits) - 1;
  }
}
