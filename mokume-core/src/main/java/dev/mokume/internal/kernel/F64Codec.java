package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// IEEE double precision: the only dtype whose decoding rounds, to the nearest f32.
final class F64Codec implements Codec {
  private static final long CANONICAL_NAN = 0x7FF8_0000_0000_0000L;

  @Override
  public void decode(MemorySegment from, long offset, float[] into, int count) {
    for (int i = 0; i < count; i++) {
      into[i] = (float) from.get(LittleEndian.DOUBLE, offset + 8L * i);
    }
  }

  @Override
  public int encode(float[] from, MemorySegment into, long offset, int count) {
    double[] doubles = Scratch.ofThread().doubles;
    int found = 0;
    for (int start = 0; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      for (int i = 0; i < length; i++) {
        doubles[i] = from[start + i];
      }
      long at = offset + 8L * start;
      MemorySegment.copy(doubles, 0, into, LittleEndian.DOUBLE, at, length);
      found += mend(into, at, length);
    }
    return found;
  }

  private static int mend(MemorySegment stored, long offset, int count) {
    int found = countNonFinite(stored, offset, count);
    if (found > 0) {
      for (int i = 0; i < count; i++) {
        if (Double.isNaN(stored.get(LittleEndian.DOUBLE, offset + 8L * i))) {
          stored.set(LittleEndian.LONG, offset + 8L * i, CANONICAL_NAN);
        }
      }
    }
    return found;
  }

  private static int countNonFinite(MemorySegment stored, long offset, int count) {
    long found = 0;
    for (int i = 0; i < count; i++) {
      long bits = stored.get(LittleEndian.LONG, offset + 8L * i);
      found += (bits & 0x7FF0_0000_0000_0000L) + 0x0010_0000_0000_0000L >>> 63;
    }
    return (int) found;
  }
}
