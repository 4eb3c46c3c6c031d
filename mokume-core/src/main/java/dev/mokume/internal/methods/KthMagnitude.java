package dev.mokume.internal.methods;

import dev.mokume.plugin.WholeTensor;

/// The k-th least magnitude of a tensor, exactly, without sorting: its upper bits first, then the
/// lower ones.
final class KthMagnitude {
  private static final int LOW_BITS = 15;
  private static final int BLOCK = 4096;

  private KthMagnitude() {}

  /// The bytes of arrays that it takes.
  static long heapBytes() {
    return (long) Long.BYTES << 16;
  }

  /// Gives the numbers of a tensor, in order, in blocks.
  interface Numbers {
    /// @param into filled from index 0 on
    void read(long first, float[] into, int count);
  }

  /// @param k from 1 to the number of elements
  static float of(WholeTensor tensor, long k) {
    return of((first, into, count) -> tensor.read(first, into, 0, count), tensor.count(), k);
  }

  /// @param k from 1 to `count`
  static float of(Numbers numbers, long count, long k) {
    long[] upper = new long[1 << Integer.SIZE - 1 - LOW_BITS];
    each(numbers, count, bits -> upper[bits >>> LOW_BITS]++);
    long before = 0;
    int high = 0;
    while (before + upper[high] < k) {
      before += upper[high++];
    }
    long[] lower = new long[1 << LOW_BITS];
    int chosen = high;
    each(
        numbers,
        count,
        bits -> {
          if (bits >>> LOW_BITS == chosen) {
            lower[bits & (1 << LOW_BITS) - 1]++;
          }
        });
    int low = 0;
    while (before + lower[low] < k) {
      before += lower[low++];
    }
    return Float.intBitsToFloat(high << LOW_BITS | low);
  }

  private interface Bits {
    void add(int bits);
  }

  private static void each(Numbers numbers, long count, Bits bits) {
    float[] block = new float[BLOCK];
    for (long first = 0; first < count; first += BLOCK) {
      int length = (int) Math.min(BLOCK, count - first);
      numbers.read(first, block, length);
      for (int i = 0; i < length; i++) {
        bits.add(Float.floatToIntBits(Math.abs(block[i])));
      }
    }
  }
}
