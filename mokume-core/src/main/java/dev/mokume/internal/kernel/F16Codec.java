package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// IEEE half precision. C2 turns the JDK's conversions into the hardware's and these loops over
/// arrays into vectors.
final class F16Codec implements Codec {
  @Override
  public void decode(MemorySegment from, long offset, float[] into, int count) {
    short[] halves = Scratch.ofThread().shorts;
    for (int start = 0; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      MemorySegment.copy(from, LittleEndian.SHORT, offset + 2L * start, halves, 0, length);
      widen(halves, into, start, length);
    }
  }

  @Override
  public int encode(float[] from, MemorySegment into, long offset, int count) {
    Scratch scratch = Scratch.ofThread();
    int found = 0;
    for (int start = 0; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      narrow(from, start, scratch.shorts, length);
      found += StoredBits.writeF16(scratch, into, offset + 2L * start, length);
    }
    return found;
  }

  private static void widen(short[] from, float[] into, int start, int count) {
    for (int i = 0; i < count; i++) {
      into[start + i] = Float.float16ToFloat(from[i]);
    }
  }

  private static void narrow(float[] from, int start, short[] into, int count) {
    for (int i = 0; i < count; i++) {
      into[i] = Float.floatToFloat16(from[start + i]);
    }
  }
}
