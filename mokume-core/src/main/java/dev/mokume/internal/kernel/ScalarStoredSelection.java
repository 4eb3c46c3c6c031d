package dev.mokume.internal.kernel;

/// Plain loops.
class ScalarStoredSelection implements StoredSelection {
  @Override
  public void select(long[] mask, short[] whenClear, short[] out, int first, int count) {
    MaskedCopies.selectInPlace(mask, whenClear, out, first, count);
  }

  static void select(long[] mask, short[] whenClear, short[] out, int first, int from, int count) {
    for (int i = from; i < count; i++) {
      out[first + i] = isSet(mask, i) ? out[first + i] : whenClear[first + i];
    }
  }

  @Override
  public void selectPairs(long[] mask, int[] whenClear, int[] out, int first, int count) {
    MaskedCopies.selectPairs(mask, whenClear, out, first, count);
  }

  /// `from` is even.
  static void selectPairs(long[] mask, int[] whenClear, int[] out, int first, int from, int count) {
    for (int i = from; i < count; i += 2) {
      int at = first + i >> 1;
      int chosen =
          (isSet(mask, i) ? 0xFFFF : 0) | (i + 1 < count && isSet(mask, i + 1) ? 0xFFFF_0000 : 0);
      out[at] = out[at] & chosen | whenClear[at] & ~chosen;
    }
  }

  @Override
  public void select(long[] mask, float[] whenClear, float[] out, int first, int count) {
    MaskedCopies.select(mask, 0, out, whenClear, out, first, count);
  }

  static void select(long[] mask, float[] whenClear, float[] out, int first, int from, int count) {
    for (int i = from; i < count; i++) {
      out[first + i] = isSet(mask, i) ? out[first + i] : whenClear[first + i];
    }
  }

  private static boolean isSet(long[] mask, int i) {
    return (mask[i >> 6] >>> i & 1) != 0;
  }
}
