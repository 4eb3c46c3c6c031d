package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// Blends F16 bytes: bulk copies into arrays, one loop of hardware conversions over them, and a
/// bulk copy back.
///
/// Loops over arrays are fast from the first compilation on; one over memory segments is ten times
/// slower until C2 has compiled it, which a short merge does not live to see.
final class F16Blend implements FusedBlend {
  @Override
  public long blend(
      MemorySegment a,
      long offsetA,
      float weightA,
      MemorySegment b,
      long offsetB,
      float weightB,
      MemorySegment out,
      long offsetOut,
      long count) {
    Scratch scratch = Scratch.ofThread();
    long found = 0;
    for (long start = 0; start < count; start += Block.ELEMENTS) {
      int length = (int) Math.min(Block.ELEMENTS, count - start);
      MemorySegment.copy(a, LittleEndian.SHORT, offsetA + 2 * start, scratch.shortsA, 0, length);
      MemorySegment.copy(b, LittleEndian.SHORT, offsetB + 2 * start, scratch.shortsB, 0, length);
      blend(scratch.shortsA, weightA, scratch.shortsB, weightB, scratch.shorts, length);
      found += StoredBits.writeF16(scratch, out, offsetOut + 2 * start, length);
    }
    return found;
  }

  private static void blend(
      short[] a, float weightA, short[] b, float weightB, short[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] =
          Float.floatToFloat16(
              weightA * Float.float16ToFloat(a[i]) + weightB * Float.float16ToFloat(b[i]));
    }
  }
}
