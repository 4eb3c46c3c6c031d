package dev.mokume.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// [ScalarBitOperations] with comparisons that give bits. Each has its own loop: the comparison
/// must be a constant where C2 compiles it.
final class VectorBitOperations extends ScalarBitOperations {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

  @Override
  public void lessThan(float[] a, float threshold, long[] out, int count) {
    int bound = count & -Long.SIZE;
    for (int start = 0; start < bound; start += Long.SIZE) {
      long word = 0;
      for (int i = 0; i < Long.SIZE; i += FLOATS.length()) {
        word |=
            FloatVector.fromArray(FLOATS, a, start + i)
                    .compare(VectorOperators.LT, threshold)
                    .toLong()
                << i;
      }
      out[start >> 6] = word;
    }
    SignBits.lessThan(a, threshold, out, bound, count);
  }

  @Override
  public void atLeast(float[] a, float threshold, long[] out, int count) {
    int bound = count & -Long.SIZE;
    for (int start = 0; start < bound; start += Long.SIZE) {
      long word = 0;
      for (int i = 0; i < Long.SIZE; i += FLOATS.length()) {
        word |=
            FloatVector.fromArray(FLOATS, a, start + i)
                    .compare(VectorOperators.GE, threshold)
                    .toLong()
                << i;
      }
      out[start >> 6] = word;
    }
    atLeast(a, threshold, out, bound, count);
  }

  @Override
  public void greaterThan(float[] a, float threshold, long[] out, int count) {
    int bound = count & -Long.SIZE;
    for (int start = 0; start < bound; start += Long.SIZE) {
      long word = 0;
      for (int i = 0; i < Long.SIZE; i += FLOATS.length()) {
        word |=
            FloatVector.fromArray(FLOATS, a, start + i)
                    .compare(VectorOperators.GT, threshold)
                    .toLong()
                << i;
      }
      out[start >> 6] = word;
    }
    SignBits.greaterThan(a, threshold, out, bound, count);
  }
}
