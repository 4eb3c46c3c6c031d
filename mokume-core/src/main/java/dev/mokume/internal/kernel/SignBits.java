package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// Comparisons of floats as bits of a mask, by plain loops that C2 vectorises.
///
/// C2 makes no vectors of loops that compare floats, nor of any that see the bits of one. But it
/// does of a difference that is rounded to half precision, and the sign of that says which of the
/// two was less: a difference is never rounded to zero in f32 unless there is none, and what half
/// precision makes zero keeps its sign. A NaN, which has no sense of sign, is told by its exponent.
///
/// Four halves are a long, whose signs are brought together by shifts.
final class SignBits {
  private static final long SIGNS = 0x8000_8000_8000_8000L;

  /// Carries into the sign from anything greater than infinity.
  private static final long BEYOND_INFINITY = 0x03FF_03FF_03FF_03FFL;

  private SignBits() {}

  /// Bit i = `a[i] < threshold`, from `from` on, a multiple of 64; bits from `count` on in the last
  /// word are 0.
  static void lessThan(float[] a, float threshold, long[] out, int from, int count) {
    // 0 - 0 is +0, and so is -0 + 0.
    float addend = 0 - threshold;
    Scratch scratch = Scratch.ofThread();
    for (int start = from; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      add(a, start, addend, scratch.shorts, length);
      pack(scratch, out, start >> 6, length);
    }
    ScalarBitOperations.clearTail(out, count);
  }

  /// Bit i = `|a[first + i]| < threshold`; bits from `count` on in the last word are 0.
  static void magnitudeLessThan(float[] a, int first, float threshold, long[] out, int count) {
    Scratch scratch = Scratch.ofThread();
    for (int start = 0; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      subtractFromMagnitudes(a, first + start, threshold, scratch.shorts, length);
      pack(scratch, out, start >> 6, length);
    }
    ScalarBitOperations.clearTail(out, count);
  }

  /// Bit i = `a[i] > threshold`, likewise.
  static void greaterThan(float[] a, float threshold, long[] out, int from, int count) {
    float minuend = 0 + threshold;
    Scratch scratch = Scratch.ofThread();
    for (int start = from; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      subtractFrom(minuend, a, start, scratch.shorts, length);
      pack(scratch, out, start >> 6, length);
    }
    ScalarBitOperations.clearTail(out, count);
  }

  private static void add(float[] a, int first, float addend, short[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = Float.floatToFloat16(a[first + i] + addend);
    }
  }

  private static void subtractFrom(float minuend, float[] a, int first, short[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = Float.floatToFloat16(minuend - a[first + i]);
    }
  }

  private static void subtractFromMagnitudes(
      float[] a, int first, float subtrahend, short[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = Float.floatToFloat16(Math.abs(a[first + i]) - subtrahend);
    }
  }

  /// The signs of the scratch's `shorts` as bits.
  private static void pack(Scratch scratch, long[] out, int firstWord, int count) {
    long[] fours = scratch.pairs;
    int longs = count + 3 >> 2;
    MemorySegment.copy(scratch.shortBits, LittleEndian.LONG, 0, fours, 0, longs);
    gather(fours, longs);
    for (int start = 0; start < longs; start += 16) {
      int last = Math.min(start + 16, longs);
      long word = 0;
      for (int i = start; i < last; i++) {
        word |= fours[i] << 4 * (i - start);
      }
      out[firstWord + (start >> 4)] = word;
    }
  }

  /// The four signs of each long become its lowest four bits, the others 0.
  private static void gather(long[] fours, int count) {
    for (int i = 0; i < count; i++) {
      long four = fours[i];
      long signs = (four & ~((four & ~SIGNS) + BEYOND_INFINITY) & SIGNS) >>> 15;
      long twos = signs | signs >>> 15;
      fours[i] = (twos | twos >>> 30) & 0xF;
    }
  }
}
