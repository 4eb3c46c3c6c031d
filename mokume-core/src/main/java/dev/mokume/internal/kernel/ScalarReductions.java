package dev.mokume.internal.kernel;

import java.util.Arrays;

/// Plain loops over the sixteen lanes.
class ScalarReductions implements Reductions {
  @Override
  public double sum(float[] a, int count) {
    double[] lanes = Scratch.ofThread().lanes;
    int bound = count & -16;
    sumEight(a, 0, bound, lanes);
    sumEight(a, 8, bound, lanes);
    return sum(lanes, a, bound, count);
  }

  @Override
  public double sumOfSquares(float[] a, int count) {
    return dot(clearedLanes(), a, a, 0, count);
  }

  @Override
  public double dot(float[] a, float[] b, int count) {
    return dot(clearedLanes(), a, b, 0, count);
  }

  @Override
  public double sumOfMagnitudes(float[] a, int count) {
    return sumOfMagnitudes(clearedLanes(), a, 0, count);
  }

  @Override
  public long sumOfSigns(float[] a, int count) {
    return sumOfSigns(a, 0, count);
  }

  static long sumOfSigns(float[] a, int from, int to) {
    long sum = 0;
    for (int i = from; i < to; i++) {
      sum += (a[i] > 0 ? 1 : 0) - (a[i] < 0 ? 1 : 0);
    }
    return sum;
  }

  @Override
  public int countNonFinite(float[] a, int count) {
    return countNonFinite(a, 0, count);
  }

  static int countNonFinite(float[] a, int from, int to) {
    int found = 0;
    for (int i = from; i < to; i++) {
      found += Float.isFinite(a[i]) ? 0 : 1;
    }
    return found;
  }

  @Override
  public float min(float[] a, int count) {
    float least = Float.POSITIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      least = Math.min(least, a[i]);
    }
    return least;
  }

  @Override
  public float max(float[] a, int count) {
    float greatest = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      greatest = Math.max(greatest, a[i]);
    }
    return greatest;
  }

  /// Sums half of the lanes.
  ///
  /// @param first of them
  private static void sumEight(float[] a, int first, int count, double[] lanes) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    double s4 = 0;
    double s5 = 0;
    double s6 = 0;
    double s7 = 0;
    for (int i = first; i < count; i += 16) {
      s0 += a[i];
      s1 += a[i + 1];
      s2 += a[i + 2];
      s3 += a[i + 3];
      s4 += a[i + 4];
      s5 += a[i + 5];
      s6 += a[i + 6];
      s7 += a[i + 7];
    }
    lanes[first] = s0;
    lanes[first + 1] = s1;
    lanes[first + 2] = s2;
    lanes[first + 3] = s3;
    lanes[first + 4] = s4;
    lanes[first + 5] = s5;
    lanes[first + 6] = s6;
    lanes[first + 7] = s7;
  }

  /// Adds `a[from..to)` to what the lanes hold already and combines them.
  static double sum(double[] lanes, float[] a, int from, int to) {
    for (int i = from; i < to; i++) {
      lanes[i & 15] += a[i];
    }
    return combine(lanes);
  }

  static double dot(double[] lanes, float[] a, float[] b, int from, int to) {
    for (int i = from; i < to; i++) {
      lanes[i & 15] += (double) a[i] * b[i];
    }
    return combine(lanes);
  }

  static double sumOfMagnitudes(double[] lanes, float[] a, int from, int to) {
    for (int i = from; i < to; i++) {
      lanes[i & 15] += Math.abs(a[i]);
    }
    return combine(lanes);
  }

  private static double[] clearedLanes() {
    double[] lanes = Scratch.ofThread().lanes;
    Arrays.fill(lanes, 0);
    return lanes;
  }

  private static double combine(double[] lanes) {
    for (int width = 8; width > 0; width >>= 1) {
      for (int lane = 0; lane < width; lane++) {
        lanes[lane] += lanes[lane + width];
      }
    }
    return lanes[0];
  }
}
