package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// Blends F16 bytes: one loop of hardware conversions over arrays. What is not in arrays is copied
/// into them in bulk and back.
///
/// Loops over arrays are fast from the first compilation on; one over memory segments is ten times
/// slower until C2 has compiled it, which a short merge does not live to see.
final class F16Blend implements FusedBlend {
  /// Elements of a strip that are blended and then looked through. Two operands, the result and the
  /// copy of it that is looked at take half of a first cache of 32 KiB; a [Block]'s would take all.
  private static final int AT_ONCE = Block.ELEMENTS / 2;

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
      blend(scratch.shortsA, weightA, scratch.shortsB, weightB, scratch.shorts, 0, length);
      found += StoredBits.writeF16(scratch, out, offsetOut + 2 * start, length);
    }
    return found;
  }

  @Override
  public Strip strip(int elements) {
    return new Arrays(new short[elements], new short[elements], new short[elements]);
  }

  private static final class Arrays extends ArrayStrip {
    private final short[] a;
    private final short[] b;
    private final short[] out;

    Arrays(short[] a, short[] b, short[] out) {
      super(MemorySegment.ofArray(a), MemorySegment.ofArray(b), MemorySegment.ofArray(out));
      this.a = a;
      this.b = b;
      this.out = out;
    }

    @Override
    public long blend(float weightA, float weightB, int count) {
      Scratch scratch = Scratch.ofThread();
      long found = 0;
      for (int start = 0; start < count; start += AT_ONCE) {
        int length = Math.min(AT_ONCE, count - start);
        F16Blend.blend(a, weightA, b, weightB, out, start, start + length);
        found += StoredBits.mendF16(scratch, out(), 2L * start, length);
      }
      return found;
    }

    @Override
    public long update(
        long[] mask, float divisor, StoredSelection selection, int first, int count) {
      // Divisions take longer than all the rest.
      if (divisor == 1) {
        move(a, b, out, first, first + count);
      } else {
        move(a, b, divisor, out, first, first + count);
      }
      selection.select(mask, a, out, first, count);
      return StoredBits.mendF16(Scratch.ofThread(), out(), 2L * first, count);
    }
  }

  private static void move(short[] a, short[] b, short[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      float value = Float.float16ToFloat(a[i]);
      out[i] = Float.floatToFloat16(value + (Float.float16ToFloat(b[i]) - value));
    }
  }

  private static void move(short[] a, short[] b, float divisor, short[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      float value = Float.float16ToFloat(a[i]);
      out[i] = Float.floatToFloat16(value + (Float.float16ToFloat(b[i]) - value) / divisor);
    }
  }

  private static void blend(
      short[] a, float weightA, short[] b, float weightB, short[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] =
          Float.floatToFloat16(
              weightA * Float.float16ToFloat(a[i]) + weightB * Float.float16ToFloat(b[i]));
    }
  }
}
