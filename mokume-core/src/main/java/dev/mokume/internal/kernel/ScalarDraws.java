package dev.mokume.internal.kernel;

/// Plain loops. [#keep] and [#quarter] compare first, two bits a word, in a loop that C2
/// vectorises, and pack the bits in a second one.
class ScalarDraws implements Draws {
  private static final long DRAW = 0xFFFF_FFFFL;
  private static final long[] STEPS = new long[Block.ELEMENTS / 2];

  static {
    for (int i = 0; i < STEPS.length; i++) {
      STEPS[i] = i * RandomWord.STEP;
    }
  }

  @Override
  public void keep(long key, long first, long limit, long[] out, int count) {
    keep(key, first, limit, out, 0, count);
  }

  /// `from` is a multiple of 64.
  static void keep(long key, long first, long limit, long[] out, int from, int count) {
    long[] pairs = Scratch.ofThread().pairs;
    for (int start = from; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      keepPairs(key + (first + start >> 1) * RandomWord.STEP, limit, pairs, length + 1 >> 1);
      pack(pairs, out, start >> 6, length);
    }
    ScalarBitOperations.clearTail(out, count);
  }

  @Override
  public void uniform(long key, long first, float[] out, int count) {
    uniform(key, first, out, 0, count);
  }

  static void uniform(long key, long first, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = (draw(key, first + i) >>> 8) * 0x1p-24f;
    }
  }

  @Override
  public void normal(long key, long first, double mean, double deviation, float[] out, int count) {
    normal(key, first, mean, deviation, out, 0, count);
  }

  static void normal(
      long key, long first, double mean, double deviation, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      long word = RandomWord.at(key, first + i);
      out[i] = (float) (mean + deviation * BoxMuller.deviate(word & DRAW, word >>> 32));
    }
  }

  @Override
  public void quarter(long key, long first, int quarter, long[] out, int count) {
    quarter(key, first, quarter, out, 0, count);
  }

  /// `from` is a multiple of 64.
  static void quarter(long key, long first, int quarter, long[] out, int from, int count) {
    long[] pairs = Scratch.ofThread().pairs;
    for (int start = from; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      quarterPairs(key + (first + start >> 1) * RandomWord.STEP, quarter, pairs, length + 1 >> 1);
      pack(pairs, out, start >> 6, length);
    }
    ScalarBitOperations.clearTail(out, count);
  }

  private static int draw(long key, long index) {
    long word = RandomWord.at(key, index >> 1);
    return (int) ((index & 1) == 0 ? word : word >>> 32);
  }

  /// A difference is negative, and its sign bit 1, where the draw is below the limit.
  private static void keepPairs(long state, long limit, long[] pairs, int count) {
    for (int i = 0; i < count; i++) {
      long word = RandomWord.finalise(state + STEPS[i]);
      pairs[i] = (word & DRAW) - limit >>> 63 | (word >>> 32) - limit >>> 63 << 1;
    }
  }

  private static void quarterPairs(long state, long quarter, long[] pairs, int count) {
    for (int i = 0; i < count; i++) {
      long word = RandomWord.finalise(state + STEPS[i]);
      pairs[i] = (word >>> 30 & 3 ^ quarter) - 1 >>> 63 | (word >>> 62 ^ quarter) - 1 >>> 63 << 1;
    }
  }

  private static void pack(long[] pairs, long[] out, int firstWord, int count) {
    for (int start = 0; start < count; start += Long.SIZE) {
      int first = start >> 1;
      int last = Math.min(first + 32, count + 1 >> 1);
      long word = 0;
      for (int i = first; i < last; i++) {
        word |= pairs[i] << 2 * (i - first);
      }
      out[firstWord + (start >> 6)] = word;
    }
  }
}
