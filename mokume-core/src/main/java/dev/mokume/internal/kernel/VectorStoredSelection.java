package dev.mokume.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// [ScalarStoredSelection] with a mask bit for each lane.
final class VectorStoredSelection extends ScalarStoredSelection {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Short> HALVES = ShortVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> PAIRS = HALVES.withLanes(int.class);

  @Override
  public void select(long[] mask, short[] whenClear, short[] out, int first, int count) {
    int bound = HALVES.loopBound(count);
    for (int i = 0; i < bound; i += HALVES.length()) {
      VectorMask<Short> set = VectorMask.fromLong(HALVES, mask[i >> 6] >>> i);
      ShortVector.fromArray(HALVES, whenClear, first + i)
          .blend(ShortVector.fromArray(HALVES, out, first + i), set)
          .intoArray(out, first + i);
    }
    select(mask, whenClear, out, first, bound, count);
  }

  @Override
  public void selectPairs(long[] mask, int[] whenClear, int[] out, int first, int count) {
    int bound = HALVES.loopBound(count);
    for (int i = 0; i < bound; i += HALVES.length()) {
      VectorMask<Short> set = VectorMask.fromLong(HALVES, mask[i >> 6] >>> i);
      int at = first + i >> 1;
      IntVector.fromArray(PAIRS, whenClear, at)
          .reinterpretAsShorts()
          .blend(IntVector.fromArray(PAIRS, out, at).reinterpretAsShorts(), set)
          .reinterpretAsInts()
          .intoArray(out, at);
    }
    selectPairs(mask, whenClear, out, first, bound, count);
  }

  @Override
  public void select(long[] mask, float[] whenClear, float[] out, int first, int count) {
    int bound = FLOATS.loopBound(count);
    for (int i = 0; i < bound; i += FLOATS.length()) {
      VectorMask<Float> set = VectorMask.fromLong(FLOATS, mask[i >> 6] >>> i);
      FloatVector.fromArray(FLOATS, whenClear, first + i)
          .blend(FloatVector.fromArray(FLOATS, out, first + i), set)
          .intoArray(out, first + i);
    }
    select(mask, whenClear, out, first, bound, count);
  }
}
