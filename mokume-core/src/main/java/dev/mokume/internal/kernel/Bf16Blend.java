package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/// Blends BF16 bytes by plain loops that are fast from the first millisecond on.
///
/// An int is two elements. The lower ones and the upper ones are worked on apart, by [Widened], so
/// that every loop has 32-bit lanes, which C2 vectorises.
final class Bf16Blend implements FusedBlend, PackedBlend {
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
      long atA = offsetA + 2 * start;
      long atB = offsetB + 2 * start;
      long at = offsetOut + 2 * start;
      int pairs = length / 2;
      MemorySegment.copy(a, LittleEndian.INT, atA, scratch.packed, 0, pairs);
      MemorySegment.copy(b, LittleEndian.INT, atB, scratch.packedB, 0, pairs);
      blend(scratch.packed, weightA, scratch.packedB, weightB, scratch.packed, 0, pairs);
      MemorySegment.copy(scratch.packed, 0, out, LittleEndian.INT, at, pairs);
      int inBlock = StoredBits.countNonFinite(scratch.packed, 0, pairs, 0x7F80);
      if ((length & 1) != 0) {
        long last = 2L * (length - 1);
        blendOne(a, atA + last, weightA, b, atB + last, weightB, out, at + last);
      }
      // Nearly every block is finite, and only one that is not is looked at again.
      if (inBlock > 0 || (length & 1) != 0) {
        inBlock = StoredBits.mendBf16(out, at, length);
      }
      found += inBlock;
    }
    return found;
  }

  @Override
  public Strip strip(int elements) {
    return strip(elements, this);
  }

  /// A strip that is blended by `blend`.
  static Strip strip(int elements, PackedBlend blend) {
    int pairs = elements / 2 + elements % 2;
    return new Arrays(blend, new int[pairs], new int[pairs], new int[pairs]);
  }

  private static final class Arrays extends ArrayStrip {
    /// Elements that one thread at a time is still to blend. Until C2 has compiled them, loops over
    /// buffers are a thousand times slower, so that a second thread would do next to nothing but
    /// keep the compiler from its processor.
    private static volatile int cold = 1 << 22;

    private final PackedBlend blend;
    private final int[] a;
    private final int[] b;
    private final int[] out;

    Arrays(PackedBlend blend, int[] a, int[] b, int[] out) {
      super(MemorySegment.ofArray(a), MemorySegment.ofArray(b), MemorySegment.ofArray(out));
      this.blend = blend;
      this.a = a;
      this.b = b;
      this.out = out;
    }

    @Override
    public long blend(float weightA, float weightB, int count) {
      if (cold > 0) {
        synchronized (Arrays.class) {
          cold -= count;
          return blendBlocks(weightA, weightB, count);
        }
      }
      return blendBlocks(weightA, weightB, count);
    }

    private long blendBlocks(float weightA, float weightB, int count) {
      long found = 0;
      for (int start = 0; start < count; start += Block.ELEMENTS) {
        // What follows an odd last element is blended too and is nobody's.
        int length = Math.min(Block.ELEMENTS, count - start);
        int pairs = length / 2 + length % 2;
        blend.blend(a, weightA, b, weightB, out, start / 2, pairs);
        found += mend(start, length);
      }
      return found;
    }

    @Override
    public long update(
        long[] mask, float divisor, StoredSelection selection, int first, int count) {
      blend.move(a, b, divisor, out, first / 2, count / 2 + count % 2);
      selection.selectPairs(mask, a, out, first, count);
      return mend(first, count);
    }

    private int mend(int first, int count) {
      return count % 2 != 0 || StoredBits.countNonFinite(out, first / 2, count / 2, 0x7F80) > 0
          ? StoredBits.mendBf16(out(), 2L * first, count)
          : 0;
    }
  }

  @Override
  public void blend(
      int[] a, float weightA, int[] b, float weightB, int[] out, int first, int pairs) {
    Widened widened = Scratch.ofThread().widened;
    int end = first + pairs;
    int at = first;
    for (; at <= end - Widened.PAIRS; at += Widened.PAIRS) {
      widen(a, at, widened.bitsA);
      widen(b, at, widened.bitsB);
      blend(widened.values, weightA, weightB);
      round(widened.bitsA, out, at);
    }
    for (; at < end; at++) {
      float lower = weightA * Widened.lower(a[at]) + weightB * Widened.lower(b[at]);
      float upper = weightA * Widened.upper(a[at]) + weightB * Widened.upper(b[at]);
      out[at] = Widened.pair(Float.floatToRawIntBits(lower), Float.floatToRawIntBits(upper));
    }
  }

  @Override
  public void move(int[] a, int[] b, float divisor, int[] out, int first, int pairs) {
    Widened widened = Scratch.ofThread().widened;
    int end = first + pairs;
    int at = first;
    for (; at <= end - Widened.PAIRS; at += Widened.PAIRS) {
      widen(a, at, widened.bitsA);
      widen(b, at, widened.bitsB);
      move(widened.values, divisor);
      round(widened.bitsA, out, at);
    }
    for (; at < end; at++) {
      float lower = Widened.lower(a[at]) + (Widened.lower(b[at]) - Widened.lower(a[at])) / divisor;
      float upper = Widened.upper(a[at]) + (Widened.upper(b[at]) - Widened.upper(a[at])) / divisor;
      out[at] = Widened.pair(Float.floatToRawIntBits(lower), Float.floatToRawIntBits(upper));
    }
  }

  private static void widen(int[] packed, int first, IntBuffer into) {
    for (int i = 0; i < Widened.PAIRS; i++) {
      int pair = packed[first + i];
      into.put(i, pair << 16);
      into.put(i + Widened.PAIRS, pair & 0xFFFF_0000);
    }
  }

  private static void blend(FloatBuffer values, float weightA, float weightB) {
    for (int i = 0; i < Widened.ELEMENTS; i++) {
      values.put(i, weightA * values.get(i) + weightB * values.get(i + Widened.ELEMENTS));
    }
  }

  private static void move(FloatBuffer values, float divisor) {
    for (int i = 0; i < Widened.ELEMENTS; i++) {
      float value = values.get(i);
      values.put(i, value + (values.get(i + Widened.ELEMENTS) - value) / divisor);
    }
  }

  private static void round(IntBuffer bits, int[] into, int first) {
    for (int i = 0; i < Widened.PAIRS; i++) {
      into[first + i] = Widened.pair(bits.get(i), bits.get(i + Widened.PAIRS));
    }
  }

  private static void blendOne(
      MemorySegment a,
      long offsetA,
      float weightA,
      MemorySegment b,
      long offsetB,
      float weightB,
      MemorySegment out,
      long offsetOut) {
    float valueA = Float.intBitsToFloat(a.get(LittleEndian.SHORT, offsetA) << 16);
    float valueB = Float.intBitsToFloat(b.get(LittleEndian.SHORT, offsetB) << 16);
    int bits = Float.floatToRawIntBits(weightA * valueA + weightB * valueB);
    out.set(LittleEndian.SHORT, offsetOut, (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16));
  }
}
