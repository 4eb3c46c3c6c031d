package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// [Bf16Codec] with lanes that widen and narrow in one step.
final class VectorBf16Codec implements Codec {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Short> HALVES =
      VectorSpecies.of(short.class, VectorShape.forBitSize(INTS.vectorBitSize() / 2));

  @Override
  public void decode(MemorySegment from, long offset, float[] into, int count) {
    int bound = FLOATS.loopBound(count);
    for (int i = 0; i < bound; i += FLOATS.length()) {
      ShortVector stored =
          ShortVector.fromMemorySegment(HALVES, from, offset + 2L * i, ByteOrder.LITTLE_ENDIAN);
      IntVector wide = (IntVector) stored.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
      wide.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(into, i);
    }
    Bf16Codec.decodeEach(from, offset + 2L * bound, into, bound, count - bound);
  }

  @Override
  public int encode(float[] from, MemorySegment into, long offset, int count) {
    int bound = FLOATS.loopBound(count);
    if (holdsNonFinite(from, bound)) {
      return Bf16Codec.encodeEach(from, 0, into, offset, count);
    }
    for (int i = 0; i < bound; i += FLOATS.length()) {
      IntVector bits = FloatVector.fromArray(FLOATS, from, i).reinterpretAsInts();
      IntVector even = bits.lanewise(VectorOperators.LSHR, 16).and(1);
      IntVector rounded = bits.add(0x7FFF).add(even).lanewise(VectorOperators.LSHR, 16);
      ((ShortVector) rounded.convertShape(VectorOperators.I2S, HALVES, 0))
          .intoMemorySegment(into, offset + 2L * i, ByteOrder.LITTLE_ENDIAN);
    }
    return Bf16Codec.encodeEach(from, bound, into, offset + 2L * bound, count - bound);
  }

  /// Whether any element is NaN, infinite, or so great that it rounds to infinity.
  private static boolean holdsNonFinite(float[] from, int bound) {
    IntVector found = IntVector.zero(INTS);
    for (int i = 0; i < bound; i += INTS.length()) {
      IntVector bits = FloatVector.fromArray(FLOATS, from, i).reinterpretAsInts();
      found = found.or(bits.and(0x7FFF_FFFF).add(0x0080_8000));
    }
    return found.reduceLanes(VectorOperators.OR) < 0;
  }
}
