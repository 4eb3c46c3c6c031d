package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// Blends F32 bytes through arrays: C2 does not vectorise floats that it reads from memory of
/// unknown alignment.
final class F32Blend implements FusedBlend {
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
    for (long start = 0; start < count; start += Block.ELEMENTS / 2) {
      int length = (int) Math.min(Block.ELEMENTS / 2, count - start);
      long at = offsetOut + 4 * start;
      MemorySegment.copy(a, LittleEndian.FLOAT, offsetA + 4 * start, scratch.valuesA, 0, length);
      MemorySegment.copy(b, LittleEndian.FLOAT, offsetB + 4 * start, scratch.valuesB, 0, length);
      blend(scratch.valuesA, weightA, scratch.valuesB, weightB, length);
      MemorySegment.copy(scratch.valuesA, 0, out, LittleEndian.FLOAT, at, length);
      found += StoredBits.mendF32(out, at, length);
    }
    return found;
  }

  private static void blend(float[] a, float weightA, float[] b, float weightB, int count) {
    for (int i = 0; i < count; i++) {
      a[i] = weightA * a[i] + weightB * b[i];
    }
  }
}
