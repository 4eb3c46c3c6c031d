package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// Blends F32 bytes in arrays, or through them: C2 does not vectorise floats that it reads from
/// memory of unknown alignment.
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
      blend(scratch.valuesA, weightA, scratch.valuesB, weightB, scratch.valuesA, 0, length);
      MemorySegment.copy(scratch.valuesA, 0, out, LittleEndian.FLOAT, at, length);
      found += StoredBits.mendF32(out, at, length);
    }
    return found;
  }

  @Override
  public Strip strip(int elements) {
    return new Arrays(new float[elements], new float[elements], new float[elements]);
  }

  private static final class Arrays extends ArrayStrip {
    private final float[] a;
    private final float[] b;
    private final float[] out;

    Arrays(float[] a, float[] b, float[] out) {
      super(MemorySegment.ofArray(a), MemorySegment.ofArray(b), MemorySegment.ofArray(out));
      this.a = a;
      this.b = b;
      this.out = out;
    }

    @Override
    public long blend(float weightA, float weightB, int count) {
      long found = 0;
      for (int start = 0; start < count; start += Block.ELEMENTS) {
        int length = Math.min(Block.ELEMENTS, count - start);
        F32Blend.blend(a, weightA, b, weightB, out, start, start + length);
        found += StoredBits.mendF32(out(), 4L * start, length);
      }
      return found;
    }

    @Override
    public long update(
        long[] mask, float divisor, StoredSelection selection, int first, int count) {
      move(a, b, divisor, out, first, first + count);
      selection.select(mask, a, out, first, count);
      return StoredBits.mendF32(out(), 4L * first, count);
    }
  }

  private static void move(float[] a, float[] b, float divisor, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = a[i] + (b[i] - a[i]) / divisor;
    }
  }

  private static void blend(
      float[] a, float weightA, float[] b, float weightB, float[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = weightA * a[i] + weightB * b[i];
    }
  }
}
