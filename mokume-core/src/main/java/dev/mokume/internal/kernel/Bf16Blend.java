package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// Blends BF16 bytes by plain loops that are fast from the first millisecond on.
///
/// An int is two elements. The even ones and the odd ones are worked on apart, so that every loop
/// walks arrays of 32-bit lanes in step, which C2 vectorises; bits become floats by bulk copies.
/// Loops over memory segments would save the copies and be a third faster, but C2 needs a second to
/// compile them, and a short merge has none to spare.
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
      blendPairs(scratch, weightA, weightB, pairs);
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

  /// C2 takes a loop from one array to another at an offset for one that may overlap itself and
  /// does not vectorise it, so that pairs are copied to where they can be walked in step.
  @Override
  public void blend(
      int[] a, float weightA, int[] b, float weightB, int[] out, int first, int pairs) {
    Scratch scratch = Scratch.ofThread();
    System.arraycopy(a, first, scratch.packed, 0, pairs);
    System.arraycopy(b, first, scratch.packedB, 0, pairs);
    blendPairs(scratch, weightA, weightB, pairs);
    System.arraycopy(scratch.packed, 0, out, first, pairs);
  }

  @Override
  public void move(int[] a, int[] b, float divisor, int[] out, int first, int pairs) {
    Scratch scratch = Scratch.ofThread();
    System.arraycopy(a, first, scratch.packed, 0, pairs);
    System.arraycopy(b, first, scratch.packedB, 0, pairs);
    decode(scratch.packed, pairs, scratch, scratch.valuesA);
    decode(scratch.packedB, pairs, scratch, scratch.valuesB);
    move(scratch.valuesA, scratch.valuesB, divisor, 2 * pairs);
    encode(scratch, pairs);
    System.arraycopy(scratch.packed, 0, out, first, pairs);
  }

  /// Leaves the blend of `packed` and `packedB` in `packed`.
  private static void blendPairs(Scratch scratch, float weightA, float weightB, int pairs) {
    decode(scratch.packed, pairs, scratch, scratch.valuesA);
    decode(scratch.packedB, pairs, scratch, scratch.valuesB);
    blend(scratch.valuesA, weightA, scratch.valuesB, weightB, 2 * pairs);
    encode(scratch, pairs);
  }

  /// Leaves what `valuesA` holds, the elements of even index first, in `packed`.
  private static void encode(Scratch scratch, int pairs) {
    MemorySegment.copy(scratch.valuesA, 0, scratch.evenBits, LittleEndian.FLOAT, 0, pairs);
    MemorySegment.copy(scratch.valuesA, pairs, scratch.oddBits, LittleEndian.FLOAT, 0, pairs);
    round(scratch.even, scratch.odd, scratch.packed, pairs);
  }

  /// The elements of even index, then those of odd index.
  private static void decode(int[] packed, int pairs, Scratch scratch, float[] into) {
    even(packed, scratch.even, pairs);
    odd(packed, scratch.odd, pairs);
    MemorySegment.copy(scratch.evenBits, LittleEndian.FLOAT, 0, into, 0, pairs);
    MemorySegment.copy(scratch.oddBits, LittleEndian.FLOAT, 0, into, pairs, pairs);
  }

  private static void even(int[] packed, int[] into, int pairs) {
    for (int i = 0; i < pairs; i++) {
      into[i] = packed[i] << 16;
    }
  }

  private static void odd(int[] packed, int[] into, int pairs) {
    for (int i = 0; i < pairs; i++) {
      into[i] = packed[i] & 0xFFFF_0000;
    }
  }

  private static void blend(float[] a, float weightA, float[] b, float weightB, int count) {
    for (int i = 0; i < count; i++) {
      a[i] = weightA * a[i] + weightB * b[i];
    }
  }

  private static void move(float[] a, float[] b, float divisor, int count) {
    for (int i = 0; i < count; i++) {
      a[i] = a[i] + (b[i] - a[i]) / divisor;
    }
  }

  /// A NaN cannot round into something else here: its payload comes from a BF16 and so has a lower
  /// half of zeros.
  private static void round(int[] even, int[] odd, int[] into, int pairs) {
    for (int i = 0; i < pairs; i++) {
      int lower = even[i] + 0x7FFF + (even[i] >>> 16 & 1) >>> 16;
      int upper = odd[i] + 0x7FFF + (odd[i] >>> 16 & 1) & 0xFFFF_0000;
      into[i] = upper | lower;
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
