package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// Counts and mends stored 16- and 32-bit floats that are NaN or infinite.
///
/// Encoders write first and look afterwards: one pass of integer sums finds that a block is finite,
/// which it nearly always is, and only a block that is not pays for the second look that makes its
/// NaNs canonical.
final class StoredBits {
  private StoredBits() {}

  /// Writes the scratch's `shorts`, which are F16 elements. Returns how many are NaN or infinite;
  /// NaNs become 0x7E00.
  static int writeF16(Scratch scratch, MemorySegment into, long offset, int count) {
    MemorySegment.copy(scratch.shorts, 0, into, LittleEndian.SHORT, offset, count);
    return mendF16(scratch, into, offset, count);
  }

  /// How many of at most a block of stored F16 elements are NaN or infinite; NaNs become 0x7E00.
  static int mendF16(Scratch scratch, MemorySegment stored, long offset, int count) {
    int pairs = count / 2;
    MemorySegment.copy(stored, LittleEndian.INT, offset, scratch.packed, 0, pairs);
    int found = countNonFinite(scratch.packed, 0, pairs, 0x7C00);
    if ((count & 1) != 0) {
      found +=
          (stored.get(LittleEndian.SHORT, offset + 2L * (count - 1)) & 0x7C00) == 0x7C00 ? 1 : 0;
    }
    if (found > 0) {
      canonicalise16(stored, offset, count, 0x7C00, (short) 0x7E00);
    }
    return found;
  }

  /// How many of twice `pairs` elements from `packed[first]` on are NaN or infinite, which an
  /// exponent of all ones says.
  static int countNonFinite(int[] packed, int first, int pairs, int exponent) {
    int exponents = exponent << 16 | exponent;
    int carries = (exponent & -exponent) << 16 | exponent & -exponent;
    int sums = countPairs(packed, first, pairs, exponents, carries);
    return (sums & 0xFFFF) + (sums >>> 16);
  }

  /// Two counts at once, one in each half of the result: an exponent of all ones carries into the
  /// sign bit.
  private static int countPairs(int[] pairs, int first, int count, int exponents, int carries) {
    int found = 0;
    for (int i = first; i < first + count; i++) {
      found += ((pairs[i] & exponents) + carries) >>> 15 & 0x0001_0001;
    }
    return found;
  }

  /// How many of `count` stored BF16 elements are NaN or infinite; NaNs become 0x7FC0.
  static int mendBf16(MemorySegment stored, long offset, int count) {
    int found = count16(stored, offset, count, 0x7F80);
    if (found > 0) {
      canonicalise16(stored, offset, count, 0x7F80, (short) 0x7FC0);
    }
    return found;
  }

  /// How many of `count` stored F32 elements are NaN or infinite; NaNs become 0x7FC00000.
  static int mendF32(MemorySegment stored, long offset, int count) {
    int found = 0;
    for (int i = 0; i < count; i++) {
      // An exponent of all ones carries into the sign bit.
      found += ((stored.get(LittleEndian.INT, offset + 4L * i) & 0x7F80_0000) + 0x0080_0000) >>> 31;
    }
    if (found > 0) {
      canonicalise32(stored, offset, count);
    }
    return found;
  }

  private static int count16(MemorySegment stored, long offset, int count, int exponent) {
    int exponents = exponent << 16 | exponent;
    int carries = (exponent & -exponent) << 16 | exponent & -exponent;
    int pairs = count / 2;
    int found = 0;
    for (int start = 0; start < pairs; start += Block.ELEMENTS) {
      int inBlock = Math.min(Block.ELEMENTS, pairs - start);
      int sums = countPairs(stored, offset + 4L * start, inBlock, exponents, carries);
      found += (sums & 0xFFFF) + (sums >>> 16);
    }
    if ((count & 1) != 0) {
      found +=
          (stored.get(LittleEndian.SHORT, offset + 2L * (count - 1)) & exponent) == exponent
              ? 1
              : 0;
    }
    return found;
  }

  private static int countPairs(
      MemorySegment stored, long offset, int pairs, int exponents, int carries) {
    int found = 0;
    for (int i = 0; i < pairs; i++) {
      int pair = stored.get(LittleEndian.INT, offset + 4L * i);
      found += ((pair & exponents) + carries) >>> 15 & 0x0001_0001;
    }
    return found;
  }

  private static void canonicalise16(
      MemorySegment stored, long offset, int count, int infinity, short canonical) {
    for (int i = 0; i < count; i++) {
      if ((stored.get(LittleEndian.SHORT, offset + 2L * i) & 0x7FFF) > infinity) {
        stored.set(LittleEndian.SHORT, offset + 2L * i, canonical);
      }
    }
  }

  private static void canonicalise32(MemorySegment stored, long offset, int count) {
    for (int i = 0; i < count; i++) {
      if ((stored.get(LittleEndian.INT, offset + 4L * i) & 0x7FFF_FFFF) > 0x7F80_0000) {
        stored.set(LittleEndian.INT, offset + 4L * i, 0x7FC0_0000);
      }
    }
  }
}
