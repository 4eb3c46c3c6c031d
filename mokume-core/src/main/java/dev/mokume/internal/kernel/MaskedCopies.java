package dev.mokume.internal.kernel;

/// Chooses between two arrays by mask bits: copies in bulk what most elements of a block get, and
/// then, one by one, what the others get. A branch for each element would be guessed wrong too
/// often, and C2 makes no vectors of bits.
final class MaskedCopies {
  /// The half of an int, or both, that two bits stand for.
  private static final int[] HALVES = {0, 0x0000_FFFF, 0xFFFF_0000, -1};

  private MaskedCopies() {}

  /// `out[first + i] = bit i of the mask's words from firstWord on ? whenSet : whenClear`, of the
  /// same index; `count` is at most a block, and `out` may be either.
  static void select(
      long[] mask,
      int firstWord,
      float[] whenSet,
      float[] whenClear,
      float[] out,
      int first,
      int count) {
    boolean mostAreSet = mostAreSet(mask, firstWord, count);
    float[] most = mostAreSet ? whenSet : whenClear;
    float[] others = mostAreSet ? whenClear : whenSet;
    int ofOthers = first;
    if (others == out) {
      others = Scratch.ofThread().floats;
      ofOthers = 0;
      System.arraycopy(out, first, others, 0, count);
    }
    if (most != out) {
      System.arraycopy(most, first, out, first, count);
    }
    long flip = mostAreSet ? -1 : 0;
    for (int start = 0; start < count; start += Long.SIZE) {
      long bits = bits(mask[firstWord + (start >> 6)] ^ flip, count - start);
      for (; bits != 0; bits &= bits - 1) {
        int i = start + Long.numberOfTrailingZeros(bits);
        out[first + i] = others[ofOthers + i];
      }
    }
  }

  /// `out[first + i] = bit i of the mask ? out[first + i] : whenClear[first + i]`, of at most a
  /// block.
  static void selectInPlace(long[] mask, short[] whenClear, short[] out, int first, int count) {
    boolean mostAreSet = mostAreSet(mask, 0, count);
    short[] others = whenClear;
    int ofOthers = first;
    if (!mostAreSet) {
      others = Scratch.ofThread().shorts;
      ofOthers = 0;
      System.arraycopy(out, first, others, 0, count);
      System.arraycopy(whenClear, first, out, first, count);
    }
    long flip = mostAreSet ? -1 : 0;
    for (int start = 0; start < count; start += Long.SIZE) {
      long bits = bits(mask[start >> 6] ^ flip, count - start);
      for (; bits != 0; bits &= bits - 1) {
        int i = start + Long.numberOfTrailingZeros(bits);
        out[first + i] = others[ofOthers + i];
      }
    }
  }

  /// The same of 16-bit elements that lie two to an int; `first` is even.
  static void selectPairs(long[] mask, int[] whenClear, int[] out, int first, int count) {
    boolean mostAreSet = mostAreSet(mask, 0, count);
    int firstPair = first >> 1;
    int pairs = count + 1 >> 1;
    int[] others = whenClear;
    int ofOthers = firstPair;
    if (!mostAreSet) {
      others = Scratch.ofThread().packed;
      ofOthers = 0;
      System.arraycopy(out, firstPair, others, 0, pairs);
      System.arraycopy(whenClear, firstPair, out, firstPair, pairs);
    }
    long flip = mostAreSet ? -1 : 0;
    for (int start = 0; start < count; start += Long.SIZE) {
      long bits = bits(mask[start >> 6] ^ flip, count - start);
      long either = (bits | bits >>> 1) & 0x5555_5555_5555_5555L;
      for (; either != 0; either &= either - 1) {
        int bit = Long.numberOfTrailingZeros(either);
        int pair = start + bit >> 1;
        int chosen = HALVES[(int) (bits >>> bit) & 3];
        out[firstPair + pair] = out[firstPair + pair] & ~chosen | others[ofOthers + pair] & chosen;
      }
    }
  }

  private static boolean mostAreSet(long[] mask, int firstWord, int count) {
    int set = 0;
    for (int word = firstWord; word < firstWord + ScalarBitOperations.words(count); word++) {
      set += Long.bitCount(mask[word]);
    }
    return 2 * set > count;
  }

  /// The lowest `count` bits, which are all of them if it is 64 or more.
  private static long bits(long word, int count) {
    return count >= Long.SIZE ? word : word & (1L << count) - 1;
  }
}
