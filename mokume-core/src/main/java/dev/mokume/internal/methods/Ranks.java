package dev.mokume.internal.methods;

import dev.mokume.plugin.WholeTensor;
import java.util.Arrays;

/// The order of a tensor's numbers.
final class Ranks {
  private Ranks() {}

  /// The elements in ascending order of their numbers, of equal ones the first first; NaN last. The
  /// low 32 bits of each are the element.
  static long[] order(WholeTensor tensor) {
    return order(tensor, false);
  }

  /// As [#order], of magnitudes.
  static long[] orderOfMagnitudes(WholeTensor tensor) {
    return order(tensor, true);
  }

  private static long[] order(WholeTensor tensor, boolean magnitudes) {
    int count = Math.toIntExact(tensor.count());
    long[] keys = new long[count];
    for (int i = 0; i < count; i++) {
      float value = tensor.get(i);
      keys[i] = (long) key(magnitudes ? Math.abs(value) : value) << Integer.SIZE | i;
    }
    Arrays.sort(keys);
    for (int i = 0; i < count; i++) {
      keys[i] &= 0xFFFF_FFFFL;
    }
    return keys;
  }

  /// An integer whose order is the number's.
  private static int key(float value) {
    // Both zeros are alike, and so is every NaN.
    int bits = value == 0 ? 0 : Float.floatToIntBits(value);
    return bits >= 0 ? bits : bits ^ 0x7FFF_FFFF;
  }
}
