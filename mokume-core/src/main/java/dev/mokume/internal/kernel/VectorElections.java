package dev.mokume.internal.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// [ScalarElections] in vectors with masks: a quarter of the time.
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
    if (terms.length == 3 && !byCount) {
      electOfThree(terms[0], terms[1], terms[2], weights, evenIsPlus, take, out, bound);
    } else {
      electOfAny(terms, weights, byCount, evenIsPlus, take, out, bound);
    }
    elect(terms, weights, byCount, evenIsPlus, take, out, bound, count);
  }

  /// As many as most merges have, each loaded once: half of the time that the loops over terms
  /// take.
  private static void electOfThree(
      float[] a,
      float[] b,
      float[] c,
      float[] weights,
      boolean evenIsPlus,
      Take take,
      float[] out,
      int bound) {
    FloatVector none = FloatVector.zero(FLOATS);
    for (int i = 0; i < bound; i += FLOATS.length()) {
      FloatVector x = FloatVector.fromArray(FLOATS, a, i);
      FloatVector y = FloatVector.fromArray(FLOATS, b, i);
      FloatVector z = FloatVector.fromArray(FLOATS, c, i);
      VectorMask<Float> minus = isMinus(none.add(x).add(y).add(z), evenIsPlus);
      VectorMask<Float> ofX = counts(x, minus);
      VectorMask<Float> ofY = counts(y, minus);
      VectorMask<Float> ofZ = counts(z, minus);
      FloatVector sum = none.blend(x, ofX).add(none.blend(y, ofY)).add(none.blend(z, ofZ));
      FloatVector weight =
          none.blend(weights[0], ofX)
              .add(none.blend(weights[1], ofY))
              .add(none.blend(weights[2], ofZ));
      taken(take, sum, weight).intoArray(out, i);
    }
  }

  private static void electOfAny(
      float[][] terms,
      float[] weights,
      boolean byCount,
      boolean evenIsPlus,
      Take take,
      float[] out,
      int bound) {
    for (int i = 0; i < bound; i += FLOATS.length()) {
      FloatVector vote = byCount ? balance(terms, i) : sum(terms, i);
      VectorMask<Float> minus = isMinus(vote, evenIsPlus);
      FloatVector sum = FloatVector.zero(FLOATS);
      FloatVector weight = FloatVector.zero(FLOATS);
      for (int t = 0; t < terms.length; t++) {
        FloatVector x = FloatVector.fromArray(FLOATS, terms[t], i);
        VectorMask<Float> counts = counts(x, minus);
        sum = sum.add(x, counts);
        weight = weight.add(weights[t], counts);
      }
      taken(take, sum, weight).intoArray(out, i);
    }
  }

  private static VectorMask<Float> isMinus(FloatVector vote, boolean evenIsPlus) {
    return evenIsPlus
        ? vote.compare(VectorOperators.GE, 0).not()
        : vote.compare(VectorOperators.GT, 0).not();
  }

  /// Which terms have the elected sign.
  private static VectorMask<Float> counts(FloatVector term, VectorMask<Float> minus) {
    return term.lanewise(VectorOperators.NEG, minus).compare(VectorOperators.GT, 0);
  }

  private static FloatVector taken(Take take, FloatVector sum, FloatVector weight) {
    FloatVector divisor = weight.blend(1, weight.compare(VectorOperators.EQ, 0));
    return switch (take) {
      case SUM -> sum;
      case WEIGHT -> divisor;
      case MEAN -> sum.div(divisor);
    };
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
