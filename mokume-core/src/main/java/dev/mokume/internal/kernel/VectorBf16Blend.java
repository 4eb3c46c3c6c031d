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

  @Override
  public void move(int[] a, int[] b, float divisor, int[] out, int first, int pairs) {
    int whole = pairs - pairs % INTS.length();
    // Divisions take longer than all the rest.
    if (divisor == 1) {
      moveVectors(a, b, out, first, whole);
    } else {
      moveVectors(a, b, divisor, out, first, whole);
    }
    if (whole < pairs) {
      PLAIN.move(a, b, divisor, out, first + whole, pairs - whole);
    }
  }

  private static void moveVectors(int[] a, int[] b, int[] out, int first, int pairs) {
    for (int i = first; i < first + pairs; i += INTS.length()) {
      IntVector pairA = IntVector.fromArray(INTS, a, i);
      IntVector pairB = IntVector.fromArray(INTS, b, i);
      FloatVector even = even(pairA);
      FloatVector odd = odd(pairA);
      pack(even.add(even(pairB).sub(even)), odd.add(odd(pairB).sub(odd))).intoArray(out, i);
    }
  }

  private static void moveVectors(
      int[] a, int[] b, float divisor, int[] out, int first, int pairs) {
    for (int i = first; i < first + pairs; i += INTS.length()) {
      IntVector pairA = IntVector.fromArray(INTS, a, i);
      IntVector pairB = IntVector.fromArray(INTS, b, i);
      FloatVector even = even(pairA);
      FloatVector odd = odd(pairA);
      pack(even.add(even(pairB).sub(even).div(divisor)), odd.add(odd(pairB).sub(odd).div(divisor)))
          .intoArray(out, i);
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
    return pack(
        even(pairA).mul(factorA).add(even(pairB).mul(factorB)),
        odd(pairA).mul(factorA).add(odd(pairB).mul(factorB)));
  }

  private static FloatVector even(IntVector pair) {
    return pair.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  private static FloatVector odd(IntVector pair) {
    return pair.and(0xFFFF_0000).reinterpretAsFloats();
  }

  private static IntVector pack(FloatVector even, FloatVector odd) {
    return round(even.reinterpretAsInts())
        .lanewise(VectorOperators.LSHR, 16)
        .or(round(odd.reinterpretAsInts()).and(0xFFFF_0000));
  }

  /// Leaves the result in the upper half of each lane.
  private static IntVector round(IntVector bits) {
    return bits.add(0x7FFF).add(bits.lanewise(VectorOperators.LSHR, 16).and(1));
  }
}
