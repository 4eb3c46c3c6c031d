package dev.mokume.internal.kernel;

/// Plain loops: those of [Tally], which C2 vectorises, where all is finite; one by one where it is
/// not.
class ScalarElections implements Elections {
  @Override
  public void elect(
      float[][] terms,
      float[] weights,
      boolean byCount,
      boolean evenIsPlus,
      Take take,
      float[] out,
      int count) {
    boolean finite = haveFiniteSums(weights);
    Tally tally = Scratch.ofThread().tally;
    for (int start = 0; start < count; start += Tally.ELEMENTS) {
      int length = Math.min(Tally.ELEMENTS, count - start);
      if (finite && tally.elect(terms, weights, byCount, evenIsPlus, start, length)) {
        tally.take(take, out, start, length);
      } else {
        elect(terms, weights, byCount, evenIsPlus, take, out, start, start + length);
      }
    }
  }

  private static boolean haveFiniteSums(float[] weights) {
    double sum = 0;
    for (float weight : weights) {
      sum += Math.abs(weight);
    }
    return sum < Float.MAX_VALUE / 2;
  }

  static void elect(
      float[][] terms,
      float[] weights,
      boolean byCount,
      boolean evenIsPlus,
      Take take,
      float[] out,
      int from,
      int count) {
    for (int i = from; i < count; i++) {
      float vote = 0;
      for (float[] term : terms) {
        float x = term[i];
        vote += byCount ? (x > 0 ? 1 : x < 0 ? -1 : 0) : x;
      }
      boolean plus = evenIsPlus ? vote >= 0 : vote > 0;
      float sum = 0;
      float weight = 0;
      for (int t = 0; t < terms.length; t++) {
        float x = terms[t][i];
        if (plus ? x > 0 : x < 0) {
          sum += x;
          weight += weights[t];
        }
      }
      float divisor = weight == 0 ? 1 : weight;
      out[i] =
          switch (take) {
            case SUM -> sum;
            case WEIGHT -> divisor;
            case MEAN -> sum / divisor;
          };
    }
  }
}
