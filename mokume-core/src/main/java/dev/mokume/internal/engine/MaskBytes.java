package dev.mokume.internal.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// A block's mask between words and bytes: bit `i & 7` of byte `i >> 3` is element i's.
final class MaskBytes {
  private MaskBytes() {}

  /// How many bytes the bits of so many elements take.
  static long bytes(long elements) {
    return (elements + 7) / 8;
  }

  static void read(MemorySegment from, long offset, long[] into, int count) {
    int whole = count / Long.SIZE;
    MemorySegment.copy(from, Instruction.WORD, offset, into, 0, whole);
    Arrays.fill(into, whole, into.length, 0);
    for (int i = whole * 8; i < bytes(count); i++) {
      into[whole] |= (from.get(ValueLayout.JAVA_BYTE, offset + i) & 0xFFL) << (i - whole * 8) * 8;
    }
    // The padding of the last byte is not trusted to be zero.
    if (count % Long.SIZE != 0) {
      into[whole] &= (1L << count % Long.SIZE) - 1;
    }
  }

  static void write(long[] from, MemorySegment into, long offset, int count) {
    int whole = count / Long.SIZE;
    MemorySegment.copy(from, 0, into, Instruction.WORD, offset, whole);
    for (int i = whole * 8; i < bytes(count); i++) {
      into.set(ValueLayout.JAVA_BYTE, offset + i, (byte) (from[whole] >>> (i - whole * 8) * 8));
    }
  }

  /// Set where the byte is not zero.
  static void nonZero(MemorySegment from, long offset, long[] into, int count) {
    Arrays.fill(into, 0);
    for (int i = 0; i < count; i++) {
      if (from.get(ValueLayout.JAVA_BYTE, offset + i) != 0) {
        into[i >> 6] |= 1L << i;
      }
    }
  }
}
