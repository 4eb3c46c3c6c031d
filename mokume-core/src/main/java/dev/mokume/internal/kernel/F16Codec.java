package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// IEEE half precision. C2 turns the JDK's conversions into the hardware's and these loops into vectors, as long as each
/// reads or writes an array on one side.
final class F16Codec implements Codec {
  @Override
  public void decode(MemorySegment from, long offset, float[] into, int count) {
    for (int i = 0; i < count; i++) {
      into[i] = Float.float16ToFloat(from.get(LittleEndian.SHORT, offset + 2L * i));
    }
  }

  @Override
  public int encode(float[] from, MemorySegment into, long offset, int count) {
    short[] halves = Scratch.ofThread().shorts;
    int found = 0;
    for (int start = 0; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      long at = offset + 2L * start;
      narrow(from, start, halves, length);
      MemorySegment.copy(halves, 0, into, LittleEndian.SHORT, at, length);
      found += StoredBits.mendF16(into, at, length);
    }
    return found;
  }

  private static void narrow(float[] from, int start, short[] into, int count) {
    for (int i = 0; i < count; i++) {
      into[i] = Float.floatToFloat16(from[start + i]);
    }
  }
}
