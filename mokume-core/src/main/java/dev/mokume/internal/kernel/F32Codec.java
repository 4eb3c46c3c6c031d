package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// IEEE single precision: bytes are moved, and NaNs made canonical on the way out.
final class F32Codec implements Codec {
  @Override
  public void decode(MemorySegment from, long offset, float[] into, int count) {
    MemorySegment.copy(from, LittleEndian.FLOAT, offset, into, 0, count);
  }

  @Override
  public int encode(float[] from, MemorySegment into, long offset, int count) {
    MemorySegment.copy(from, 0, into, LittleEndian.FLOAT, offset, count);
    return StoredBits.mendF32(into, offset, count);
  }
}
