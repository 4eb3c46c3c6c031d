package dev.mokume.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// [ScalarElections] in vectors: C2 makes none of loops whose sums depend on a sign.
final class VectorElections extends ScalarElections {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

  @Override
  public void elect(
      float[][] terms,
      float[] weights,
      boolean byCount,
      boolean evenIsPlus,
      Take take,
      float[] out,
      int count) {
    int bound = FLOATS.loopBound(count);
    for (int i = 0; i < bound; i += FLOATS.length()) {
      FloatVector vote = byCount ? balance(terms, i) : sum(terms, i);
      VectorMask<Float> minus =
          evenIsPlus
              ? vote.compare(VectorOperators.GE, 0).not()
              : vote.compare(VectorOperators.GT, 0).not();
      FloatVector sum = FloatVector.zero(FLOATS);
      FloatVector weight = FloatVector.zero(FLOATS);
      for (int t = 0; t < terms.length; t++) {
        FloatVector x = FloatVector.fromArray(FLOATS, terms[t], i);
        VectorMask<Float> counts =
            x.lanewise(VectorOperators.NEG, minus).compare(VectorOperators.GT, 0);
        sum = sum.add(x, counts);
        weight = weight.add(weights[t], counts);
      }
      FloatVector divisor = weight.blend(1, weight.compare(VectorOperators.EQ, 0));
      FloatVector taken =
          switch (take) {
            case SUM -> sum;
            case WEIGHT -> divisor;
            case MEAN -> sum.div(divisor);
          };
      taken.intoArray(out, i);
    }
    elect(terms, weights, byCount, evenIsPlus, take, out, bound, count);
  }

  private static FloatVector sum(float[][] terms, int i) {
    FloatVector sum = FloatVector.zero(FLOATS);
    for (float[] term : terms) {
      sum = sum.add(FloatVector.fromArray(FLOATS, term, i));
    }
    return sum;
  }

  private static FloatVector balance(float[][] terms, int i) {
    FloatVector balance = FloatVector.zero(FLOATS);
    for (float[] term : terms) {
      FloatVector x = FloatVector.fromArray(FLOATS, term, i);
      balance =
          balance.add(1, x.compare(VectorOperators.GT, 0)).sub(1, x.compare(VectorOperators.LT, 0));
    }
    return balance;
  }
}
