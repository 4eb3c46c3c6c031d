package dev.mokume.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// [ScalarHistogram], with a comparison of many magnitudes at once where few of them are counted.
final class VectorHistogram extends ScalarHistogram {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

  @Override
  public int countWithin(float[] a, int from, int to, int bucket, int buckets, int[] counts) {
    int least = bucket * LOWER_BUCKETS;
    int size = buckets * LOWER_BUCKETS;
    int bound = from + FLOATS.loopBound(to - from);
    int below = 0;
    for (int i = from; i < bound; i += FLOATS.length()) {
      IntVector above =
          FloatVector.fromArray(FLOATS, a, i).reinterpretAsInts().and(0x7FFF_FFFF).sub(least);
      long negative = above.compare(VectorOperators.LT, 0).toLong();
      long within = above.compare(VectorOperators.LT, size).toLong() & ~negative;
      below += Long.bitCount(negative);
      for (; within != 0; within &= within - 1) {
        counts[magnitude(a[i + Long.numberOfTrailingZeros(within)]) - least]++;
      }
    }
    return below + countEachWithin(a, bound, to, bucket, buckets, counts);
  }
}
