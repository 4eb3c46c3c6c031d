package dev.mokume.internal.kernel;

import java.util.Arrays;

/// An election among terms of some elements, by loops without a branch: what does not count is
/// added as 0.
///
/// All arrays are walked in step: C2 does not vectorise a loop that reads floats in one place and
/// writes floats in another, as they may overlap.
final class Tally {
  /// Few enough for all to stay in the first cache.
  static final int ELEMENTS = 1024;

  private final float[] term = new float[ELEMENTS];
  private final float[] votes = new float[ELEMENTS];
  private final float[] sums = new float[ELEMENTS];
  private final float[] counted = new float[ELEMENTS];

  /// Elects the signs of `count` elements from `first` on and adds up what has them; false if it is
  /// not all finite, and then what is added up means nothing, since infinity times 0 is NaN.
  boolean elect(
      float[][] terms, float[] weights, boolean byCount, boolean evenIsPlus, int first, int count) {
    Arrays.fill(votes, 0);
    Arrays.fill(sums, 0);
    Arrays.fill(counted, 0);
    for (float[] of : terms) {
      System.arraycopy(of, first, term, 0, count);
      vote(byCount, count);
    }
    decide(evenIsPlus, count);
    for (int t = 0; t < terms.length; t++) {
      System.arraycopy(terms[t], first, term, 0, count);
      add(weights[t], count);
    }
    return greatest(count) < Float.POSITIVE_INFINITY;
  }

  private void vote(boolean byCount, int count) {
    if (byCount) {
      for (int i = 0; i < count; i++) {
        votes[i] += Math.signum(term[i]);
      }
    } else {
      for (int i = 0; i < count; i++) {
        votes[i] += term[i];
      }
    }
  }

  /// A vote becomes 1 where plus is elected, -1 where minus is.
  private void decide(boolean evenIsPlus, int count) {
    float even = evenIsPlus ? 1 : -1;
    for (int i = 0; i < count; i++) {
      float sign = Math.signum(votes[i]);
      votes[i] = sign + even * (1 - sign * sign);
    }
  }

  private void add(float weight, int count) {
    for (int i = 0; i < count; i++) {
      float sign = Math.signum(term[i] * votes[i]);
      float counts = 0.5f * (sign * sign + sign);
      sums[i] += term[i] * counts;
      counted[i] += weight * counts;
    }
  }

  /// NaN if anything is.
  private float greatest(int count) {
    float greatest = 0;
    for (int i = 0; i < count; i++) {
      greatest = Math.max(greatest, Math.abs(sums[i]));
    }
    return greatest;
  }

  void take(Elections.Take take, float[] out, int first, int count) {
    switch (take) {
      case SUM -> System.arraycopy(sums, 0, out, first, count);
      case WEIGHT -> {
        setDivisors(count);
        System.arraycopy(counted, 0, out, first, count);
      }
      case MEAN -> {
        setDivisors(count);
        divide(count);
        System.arraycopy(sums, 0, out, first, count);
      }
    }
  }

  /// No weight becomes 1.
  private void setDivisors(int count) {
    for (int i = 0; i < count; i++) {
      float sign = Math.signum(counted[i]);
      counted[i] = counted[i] + (1 - sign * sign);
    }
  }

  private void divide(int count) {
    for (int i = 0; i < count; i++) {
      sums[i] = sums[i] / counted[i];
    }
  }
}
