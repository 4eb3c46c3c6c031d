package dev.mokume.internal.kernel;

/// Plain loops. [#keep] and [#quarter] are made for C2 to vectorise: the random words of a block
/// are taken in an order in which those that share a word of the mask are far apart, so that the
/// bits come together by adding halves of an array.
class ScalarDraws implements Draws {
  private static final long DRAW = 0xFFFF_FFFFL;
  private static final int PAIRS = Block.ELEMENTS / 2;

  /// How far the random words of a block are ahead of its first one: the first of each word of the
  /// mask, then the second of each, and so on.
  private static final long[] STEPS = new long[PAIRS];

  static {
    for (int i = 0; i < PAIRS; i++) {
      int word = i % Block.MASK_WORDS;
      int within = i / Block.MASK_WORDS;
      STEPS[i] = (word * (PAIRS / Block.MASK_WORDS) + within) * RandomWord.STEP;
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
      keepPairs(key + (first + start >> 1) * RandomWord.STEP, limit, pairs);
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
      quarterPairs(key + (first + start >> 1) * RandomWord.STEP, quarter, pairs);
      pack(pairs, out, start >> 6, length);
    }
    ScalarBitOperations.clearTail(out, count);
  }

  private static int draw(long key, long index) {
    long word = RandomWord.at(key, index >> 1);
    return (int) ((index & 1) == 0 ? word : word >>> 32);
  }

  /// A difference is negative, and its sign bit 1, where the draw is below the limit.
  private static void keepPairs(long state, long limit, long[] pairs) {
    for (int i = 0; i < PAIRS; i++) {
      long word = RandomWord.finalise(state + STEPS[i]);
      pairs[i] = (word & DRAW) - limit >>> 63 | (word >>> 32) - limit >>> 63 << 1;
    }
  }

  private static void quarterPairs(long state, long quarter, long[] pairs) {
    for (int i = 0; i < PAIRS; i++) {
      long word = RandomWord.finalise(state + STEPS[i]);
      pairs[i] = (word >>> 30 & 3 ^ quarter) - 1 >>> 63 | (word >>> 62 ^ quarter) - 1 >>> 63 << 1;
    }
  }

  /// What lies `half` later belongs into the same word of the mask, as many bits up.
  private static void pack(long[] pairs, long[] out, int firstWord, int count) {
    int bits = Integer.SIZE;
    for (int half = PAIRS / 2; half >= Block.MASK_WORDS; half /= 2) {
      join(pairs, half, bits);
      bits /= 2;
    }
    System.arraycopy(pairs, 0, out, firstWord, ScalarBitOperations.words(count));
  }

  private static void join(long[] pairs, int half, int bits) {
    for (int i = 0; i < half; i++) {
      pairs[i] |= pairs[i + half] << bits;
    }
  }
}
