package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// Blends F16 bytes: one loop of hardware conversions into an array, then one bulk copy.
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
    short[] results = Scratch.ofThread().shorts;
    long found = 0;
    for (long start = 0; start < count; start += Block.ELEMENTS) {
      int length = (int) Math.min(Block.ELEMENTS, count - start);
      long at = offsetOut + 2 * start;
      blendBlock(a, offsetA + 2 * start, weightA, b, offsetB + 2 * start, weightB, results, length);
      MemorySegment.copy(results, 0, out, LittleEndian.SHORT, at, length);
      found += StoredBits.mendF16(out, at, length);
    }
    return found;
  }

  private static void blendBlock(
      MemorySegment a, long offsetA, float weightA, MemorySegment b, long offsetB, float weightB, short[] out, int count) {
    for (int i = 0; i < count; i++) {
      float valueA = Float.float16ToFloat(a.get(LittleEndian.SHORT, offsetA + 2L * i));
      float valueB = Float.float16ToFloat(b.get(LittleEndian.SHORT, offsetB + 2L * i));
      out[i] = Float.floatToFloat16(weightA * valueA + weightB * valueB);
    }
  }
}
