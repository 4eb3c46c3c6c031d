package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// Blends F32 bytes.
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
    float[] results = Scratch.ofThread().floats;
    long found = 0;
    for (long start = 0; start < count; start += Block.ELEMENTS) {
      int length = (int) Math.min(Block.ELEMENTS, count - start);
      long at = offsetOut + 4 * start;
      blendBlock(a, offsetA + 4 * start, weightA, b, offsetB + 4 * start, weightB, results, length);
      MemorySegment.copy(results, 0, out, LittleEndian.FLOAT, at, length);
      found += StoredBits.mendF32(out, at, length);
    }
    return found;
  }

  private static void blendBlock(
      MemorySegment a, long offsetA, float weightA, MemorySegment b, long offsetB, float weightB, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] =
          weightA * a.get(LittleEndian.FLOAT, offsetA + 4L * i) + weightB * b.get(LittleEndian.FLOAT, offsetB + 4L * i);
    }
  }
}
