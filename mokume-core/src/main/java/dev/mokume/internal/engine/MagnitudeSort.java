package dev.mokume.internal.engine;

import java.util.Arrays;

/// Sorts the magnitudes of a row, equal ones as they come, by the digits of their bits from the
/// last to the first: a row of thousands takes a fraction of what comparing them would.
final class MagnitudeSort {
  /// Bits of a digit: as many counters as the first-level cache has room for beside the rest.
  private static final int DIGIT = 11;

  private static final int DIGITS = 3;

  /// Shorter rows are compared.
  private static final int SHORT = 256;

  private final int[][] counts = new int[DIGITS][1 << DIGIT];
  private long[] other = new long[0];

  /// The heap that sorting rows of up to so many takes.
  static long heapBytes(long length) {
    return length * Long.BYTES + (long) DIGITS * (1 << DIGIT) * Integer.BYTES;
  }

  /// Sorts the first `length` keys.
  ///
  /// @param keys a magnitude's 31 bits above its place, which is what keys were made in the order
  ///   of
  /// @return the sorted keys: `keys` or an array that the next call uses again
  long[] sort(long[] keys, int length) {
    if (length < SHORT) {
      Arrays.sort(keys, 0, length);
      return keys;
    }
    if (other.length < length) {
      other = new long[length];
    }
    count(keys, length);
    long[] from = keys;
    long[] into = other;
    for (int digit = 0; digit < DIGITS; digit++) {
      if (turnIntoPlaces(counts[digit], length)) {
        move(from, into, length, digit);
        long[] sorted = into;
        into = from;
        from = sorted;
      }
    }
    return from;
  }

  private void count(long[] keys, int length) {
    for (int[] ofDigit : counts) {
      Arrays.fill(ofDigit, 0);
    }
    int[] last = counts[0];
    int[] middle = counts[1];
    int[] first = counts[2];
    for (int i = 0; i < length; i++) {
      int magnitude = (int) (keys[i] >>> 32);
      last[magnitude & (1 << DIGIT) - 1]++;
      middle[magnitude >>> DIGIT & (1 << DIGIT) - 1]++;
      first[magnitude >>> 2 * DIGIT]++;
    }
  }

  /// False if all have the same digit, so that nothing has to be moved.
  private static boolean turnIntoPlaces(int[] counts, int length) {
    int place = 0;
    for (int digit = 0; digit < counts.length; digit++) {
      int count = counts[digit];
      if (count == length) {
        return false;
      }
      counts[digit] = place;
      place += count;
    }
    return true;
  }

  private void move(long[] from, long[] into, int length, int digit) {
    int[] places = counts[digit];
    int shift = Integer.SIZE + digit * DIGIT;
    for (int i = 0; i < length; i++) {
      long key = from[i];
      into[places[(int) (key >>> shift) & (1 << DIGIT) - 1]++] = key;
    }
  }
}
