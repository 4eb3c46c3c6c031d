package dev.mokume.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// [ScalarArithmetic], whose loops C2 vectorises by itself; in trimming and choosing by mask bits
/// this is faster.
final class VectorArithmetic extends ScalarArithmetic {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

  @Override
  public void trim(float[] a, float least, float[] out, int count) {
    int bound = FLOATS.loopBound(count);
    FloatVector none = FloatVector.zero(FLOATS);
    for (int i = 0; i < bound; i += FLOATS.length()) {
      FloatVector values = FloatVector.fromArray(FLOATS, a, i);
      values.blend(none, values.abs().compare(VectorOperators.LT, least)).intoArray(out, i);
    }
    trim(a, least, out, bound, count);
  }

  @Override
  public void select(long[] mask, float[] whenSet, float[] whenClear, float[] out, int count) {
    int bound = FLOATS.loopBound(count);
    for (int i = 0; i < bound; i += FLOATS.length()) {
      VectorMask<Float> set = VectorMask.fromLong(FLOATS, mask[i >> 6] >>> i);
      FloatVector.fromArray(FLOATS, whenClear, i)
          .blend(FloatVector.fromArray(FLOATS, whenSet, i), set)
          .intoArray(out, i);
    }
    select(mask, whenSet, whenClear, out, bound, count);
  }
}
