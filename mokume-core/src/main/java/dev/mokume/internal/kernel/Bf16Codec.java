package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// The upper half of a single.
///
/// C2 (JDK 25) vectorises neither `Float.intBitsToFloat` nor a loop from 16-bit to 32-bit integers,
/// so two elements travel in each long: plain integer loops, which it does vectorise, and a bulk
/// copy that changes bits into floats.
final class Bf16Codec implements Codec {
  private static final int CANONICAL_NAN = 0x7FC0;

  @Override
  public void decode(MemorySegment from, long offset, float[] into, int count) {
    Scratch scratch = Scratch.ofThread();
    for (int start = 0; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      long at = offset + 2L * start;
      widen(from, at, scratch.pairs, length / 2);
      MemorySegment.copy(scratch.pairBits, LittleEndian.FLOAT, 0, into, start, length & ~1);
      decodeEach(from, at + 2L * (length & ~1), into, start + (length & ~1), length & 1);
    }
  }

  @Override
  public int encode(float[] from, MemorySegment into, long offset, int count) {
    Scratch scratch = Scratch.ofThread();
    int found = 0;
    for (int start = 0; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      found += encodeBlock(from, start, into, offset + 2L * start, length, scratch);
    }
    return found;
  }

  static void decodeEach(MemorySegment from, long offset, float[] into, int start, int count) {
    for (int i = 0; i < count; i++) {
      into[start + i] = Float.intBitsToFloat(from.get(LittleEndian.SHORT, offset + 2L * i) << 16);
    }
  }

  static int encodeEach(float[] from, int start, MemorySegment into, long offset, int count) {
    int found = 0;
    for (int i = 0; i < count; i++) {
      int stored = encode(from[start + i]);
      into.set(LittleEndian.SHORT, offset + 2L * i, (short) stored);
      found += (stored & 0x7F80) == 0x7F80 ? 1 : 0;
    }
    return found;
  }

  private static int encodeBlock(
      float[] from, int start, MemorySegment into, long offset, int count, Scratch scratch) {
    int pairs = count / 2;
    MemorySegment.copy(from, start, scratch.pairBits, LittleEndian.FLOAT, 0, 2 * pairs);
    long sums = countNonFinite(scratch.pairs, pairs);
    int found = (int) sums + (int) (sums >>> 32);
    if (found > 0) {
      return encodeEach(from, start, into, offset, count);
    }
    round(scratch.pairs, scratch.packed, pairs);
    MemorySegment.copy(scratch.packed, 0, into, LittleEndian.INT, offset, pairs);
    return encodeEach(from, start + 2 * pairs, into, offset + 4L * pairs, count & 1);
  }

  private static void widen(MemorySegment from, long offset, long[] into, int pairs) {
    for (int i = 0; i < pairs; i++) {
      long pair = from.get(LittleEndian.INT, offset + 4L * i);
      into[i] = (pair & 0xFFFF_0000L) << 32 | (pair & 0xFFFFL) << 16;
    }
  }

  /// Adds half a unit of the last place kept, less one if that place is even. Both halves at once:
  /// only a NaN could carry from the lower half into the upper one, and blocks with a NaN do not
  /// come here.
  private static void round(long[] from, int[] into, int pairs) {
    for (int i = 0; i < pairs; i++) {
      long pair = from[i];
      long rounded = pair + 0x0000_7FFF_0000_7FFFL + (pair >>> 16 & 0x0000_0001_0000_0001L);
      into[i] = (int) (rounded >>> 16 & 0xFFFFL | rounded >>> 32 & 0xFFFF_0000L);
    }
  }

  /// How many elements are NaN, infinite, or so great that they round to infinity: a count in each
  /// half of the result.
  private static long countNonFinite(long[] pairs, int count) {
    long found = 0;
    for (int i = 0; i < count; i++) {
      found +=
          (pairs[i] & 0x7FFF_FFFF_7FFF_FFFFL) + 0x0080_8000_0080_8000L >>> 31
              & 0x0000_0001_0000_0001L;
    }
    return found;
  }

  private static int encode(float value) {
    if (Float.isNaN(value)) {
      return CANONICAL_NAN;
    }
    int bits = Float.floatToRawIntBits(value);
    return bits + 0x7FFF + (bits >>> 16 & 1) >>> 16;
  }
}
