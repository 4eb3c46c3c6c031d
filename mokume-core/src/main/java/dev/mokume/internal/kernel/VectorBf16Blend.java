package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// [Bf16Blend] in one loop: two elements an int lane, the even ones and the odd ones apart.
final class VectorBf16Blend implements FusedBlend, PackedBlend {
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final Bf16Blend PLAIN = new Bf16Blend();

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
    long found = 0;
    long whole = count - count % Block.ELEMENTS;
    for (long at = 0; at < 2 * whole; at += 2L * Block.ELEMENTS) {
      blendBlock(a, offsetA + at, weightA, b, offsetB + at, weightB, out, offsetOut + at);
      found += StoredBits.mendBf16(out, offsetOut + at, Block.ELEMENTS);
    }
    long rest = 2 * whole;
    return found
        + PLAIN.blend(
            a,
            offsetA + rest,
            weightA,
            b,
            offsetB + rest,
            weightB,
            out,
            offsetOut + rest,
            count - whole);
  }

  @Override
  public Strip strip(int elements) {
    return Bf16Blend.strip(elements, this);
  }

  @Override
  public void blend(
      int[] a, float weightA, int[] b, float weightB, int[] out, int first, int pairs) {
    int whole = pairs - pairs % INTS.length();
    blendVectors(a, weightA, b, weightB, out, first, whole);
    if (whole < pairs) {
      PLAIN.blend(a, weightA, b, weightB, out, first + whole, pairs - whole);
    }
  }

  private static void blendVectors(
      int[] a, float weightA, int[] b, float weightB, int[] out, int first, int pairs) {
    FloatVector factorA = FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, weightA);
    FloatVector factorB = FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, weightB);
    for (int i = first; i < first + pairs; i += INTS.length()) {
      blendPairs(IntVector.fromArray(INTS, a, i), factorA, IntVector.fromArray(INTS, b, i), factorB)
          .intoArray(out, i);
    }
  }

  private static void blendBlock(
      MemorySegment a,
      long offsetA,
      float weightA,
      MemorySegment b,
      long offsetB,
      float weightB,
      MemorySegment out,
      long offsetOut) {
    FloatVector factorA = FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, weightA);
    FloatVector factorB = FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, weightB);
    for (int i = 0; i < Block.ELEMENTS / 2; i += INTS.length()) {
      IntVector pairA =
          IntVector.fromMemorySegment(INTS, a, offsetA + 4L * i, ByteOrder.LITTLE_ENDIAN);
      IntVector pairB =
          IntVector.fromMemorySegment(INTS, b, offsetB + 4L * i, ByteOrder.LITTLE_ENDIAN);
      blendPairs(pairA, factorA, pairB, factorB)
          .intoMemorySegment(out, offsetOut + 4L * i, ByteOrder.LITTLE_ENDIAN);
    }
  }

  private static IntVector blendPairs(
      IntVector pairA, FloatVector factorA, IntVector pairB, FloatVector factorB) {
    IntVector even =
        blend(
            pairA.lanewise(VectorOperators.LSHL, 16),
            factorA,
            pairB.lanewise(VectorOperators.LSHL, 16),
            factorB);
    IntVector odd = blend(pairA.and(0xFFFF_0000), factorA, pairB.and(0xFFFF_0000), factorB);
    return round(even).lanewise(VectorOperators.LSHR, 16).or(round(odd).and(0xFFFF_0000));
  }

  private static IntVector blend(
      IntVector a, FloatVector factorA, IntVector b, FloatVector factorB) {
    return a.reinterpretAsFloats()
        .mul(factorA)
        .add(b.reinterpretAsFloats().mul(factorB))
        .reinterpretAsInts();
  }

  /// Leaves the result in the upper half of each lane.
  private static IntVector round(IntVector bits) {
    return bits.add(0x7FFF).add(bits.lanewise(VectorOperators.LSHR, 16).and(1));
  }
}
