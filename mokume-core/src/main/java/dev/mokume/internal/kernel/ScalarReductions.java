package dev.mokume.internal.kernel;

import java.util.Arrays;

/// Plain loops over the sixteen lanes.
final class ScalarReductions implements Reductions {
  @Override
  public double sum(float[] a, int count) {
    double[] lanes = clearedLanes();
    for (int i = 0; i < count; i++) {
      lanes[i & 15] += a[i];
    }
    return tree(lanes);
  }

  @Override
  public double sumOfSquares(float[] a, int count) {
    double[] lanes = clearedLanes();
    for (int i = 0; i < count; i++) {
      lanes[i & 15] += (double) a[i] * a[i];
    }
    return tree(lanes);
  }

  @Override
  public double dot(float[] a, float[] b, int count) {
    double[] lanes = clearedLanes();
    for (int i = 0; i < count; i++) {
      lanes[i & 15] += (double) a[i] * b[i];
    }
    return tree(lanes);
  }

  @Override
  public double sumOfMagnitudes(float[] a, int count) {
    double[] lanes = clearedLanes();
    for (int i = 0; i < count; i++) {
      lanes[i & 15] += Math.abs(a[i]);
    }
    return tree(lanes);
  }

  @Override
  public long sumOfSigns(float[] a, int count) {
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum += (a[i] > 0 ? 1 : 0) - (a[i] < 0 ? 1 : 0);
    }
    return sum;
  }

  @Override
  public int countNonFinite(float[] a, int count) {
    int found = 0;
    for (int i = 0; i < count; i++) {
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

  private static double[] clearedLanes() {
    double[] lanes = Scratch.ofThread().lanes;
    Arrays.fill(lanes, 0);
    return lanes;
  }

  private static double tree(double[] lanes) {
    for (int width = 8; width > 0; width >>= 1) {
      for (int lane = 0; lane < width; lane++) {
        lanes[lane] += lanes[lane + width];
      }
    }
    return lanes[0];
  }
}
