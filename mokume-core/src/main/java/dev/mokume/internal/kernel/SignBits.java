package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Comparisons of floats as bits of a mask, by plain loops that C2 vectorises.
///
/// C2 makes no vectors of loops that compare floats, nor of any that see the bits of one. But it
/// does of a difference that is rounded to half precision, and the sign of that says which of the
/// two was less: a difference is never rounded to zero in f32 unless there is none, and what half
/// precision makes zero keeps its sign. A NaN, which has no sense of sign, is told by its exponent.
///
/// Four halves are a long, whose signs are brought together by shifts: the first is the lowest, as
/// processors are little-endian that merge ([KernelSelection]).
final class SignBits {
  private static final long SIGNS = 0x8000_8000_8000_8000L;

  /// Carries into the sign from anything greater than infinity.
  private static final long BEYOND_INFINITY = 0x03FF_03FF_03FF_03FFL;

  /// What the end of a range becomes in half precision, and more than what lies before it; a little
  /// more carries into the sign here.
  private static final float NEAR = 1024;

  private static final long BEYOND_NEAR = 0x1BFE_1BFE_1BFE_1BFEL;

  /// Fours in a word.
  private static final int FOURS = 16;

  private SignBits() {}

  /// Bit i = `a[i] < threshold`, from `from` on, a multiple of 64; bits from `count` on in the last
  /// word are 0.
  static void lessThan(float[] a, float threshold, long[] out, int from, int count) {
    // 0 - 0 is +0, and so is -0 + 0.
    compare(a, 1, 0 - threshold, 0, out, from, count);
  }

  /// Bit i = `a[i] >= threshold`, likewise, of a finite threshold: infinity less itself is NaN.
  static void atLeast(float[] a, float threshold, long[] out, int from, int count) {
    compare(a, 1, 0 - threshold, SIGNS, out, from, count);
  }

  /// Bit i = `a[i] > threshold`, likewise.
  static void greaterThan(float[] a, float threshold, long[] out, int from, int count) {
    compare(a, -1, 0 + threshold, 0, out, from, count);
  }

  /// Bit i = `a[i] * factor + addend` is negative.
  ///
  /// @param factor 1 or -1
  /// @param flip the signs that are turned before
  private static void compare(
      float[] a, float factor, float addend, long flip, long[] out, int from, int count) {
    Scratch scratch = Scratch.ofThread();
    for (int start = from; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      add(a, start, factor, addend, scratch.shorts, length);
      pack(scratch, flip, out, start >> 6, length);
    }
    ScalarBitOperations.clearTail(out, count);
  }

  /// Looks for magnitudes `|a[first + i]|` in `[least, end)`: sets the bit of all of them, and of
  /// some close by. Returns how many are less than `least`, exactly.
  ///
  /// @param end greater than `least`, finite
  /// @param count at most a block
  static int near(float[] a, int first, float least, float end, long[] out, int count) {
    Scratch scratch = Scratch.ofThread();
    // So that the half precision of a small range is not that of all small numbers.
    float scale = Math.min(NEAR / (end - least), 0x1p100f);
    subtractAndScale(a, first, least, scale, scratch.shorts, count);
    int fours = count + 3 >> 2;
    Arrays.fill(scratch.shorts, count, 4 * fours, (short) 0x7C00);
    MemorySegment.copy(scratch.shortBits, LittleEndian.LONG, 0, scratch.pairs, 0, fours);
    long less = gatherNear(scratch.pairs, fours);
    join(scratch.pairs, out, 0, count);
    ScalarBitOperations.clearTail(out, count);
    return (int) (less & 0xFFFF)
        + (int) (less >>> 16 & 0xFFFF)
        + (int) (less >>> 32 & 0xFFFF)
        + (int) (less >>> 48);
  }

  private static void add(
      float[] a, int first, float factor, float addend, short[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = Float.floatToFloat16(a[first + i] * factor + addend);
    }
  }

  private static void subtractAndScale(
      float[] a, int first, float subtrahend, float scale, short[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = Float.floatToFloat16((Math.abs(a[first + i]) - subtrahend) * scale);
    }
  }

  /// The signs of the scratch's `shorts` as bits; of NaN, 0.
  ///
  /// @param flip the signs that are turned before
  private static void pack(Scratch scratch, long flip, long[] out, int firstWord, int count) {
    int fours = count + 3 >> 2;
    MemorySegment.copy(scratch.shortBits, LittleEndian.LONG, 0, scratch.pairs, 0, fours);
    gather(scratch.pairs, flip, fours);
    join(scratch.pairs, out, firstWord, count);
  }

  private static void join(long[] fours, long[] out, int firstWord, int count) {
    int words = ScalarBitOperations.words(count);
    for (int word = 0; word < words; word++) {
      out[firstWord + word] = join(fours, word * FOURS);
    }
  }

  private static long join(long[] fours, int first) {
    long word = 0;
    for (int i = 0; i < FOURS; i++) {
      word |= fours[first + i] << 4 * i;
    }
    return word;
  }

  /// The four signs of each long become its lowest four bits, the others 0.
  private static void gather(long[] fours, long flip, int count) {
    for (int i = 0; i < count; i++) {
      fours[i] = lowestBits(negative(fours[i] ^ flip));
    }
  }

  /// What is in `[0, NEAR]` becomes the lowest four bits of each long. Returns how many are
  /// negative: four counts, each in 16 bits.
  private static long gatherNear(long[] fours, int count) {
    long less = 0;
    for (int i = 0; i < count; i++) {
      long four = fours[i];
      long far = (four & ~SIGNS) + BEYOND_NEAR;
      less += negative(four) >>> 15;
      fours[i] = lowestBits(~(four | far) & SIGNS);
    }
    return less;
  }

  /// The signs of those that are negative, -0 among them.
  private static long negative(long four) {
    return four & ~((four & ~SIGNS) + BEYOND_INFINITY) & SIGNS;
  }

  private static long lowestBits(long signs) {
    long twos = signs >>> 15 | signs >>> 30;
    return (twos | twos >>> 30) & 0xF;
  }
}
