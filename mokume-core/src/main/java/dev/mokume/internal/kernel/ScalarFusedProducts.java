package dev.mokume.internal.kernel;

import java.util.Arrays;

/// Plain loops.
class ScalarFusedProducts implements FusedProducts {
  @Override
  public void addProduct(
      float[] a, int pitch, float[] b, float[] c, int rows, int depth, int columns) {
    addPart(a, pitch, b, c, rows, depth, columns, 0);
  }

  @Override
  public void addProduct(
      double[] a, int pitch, double[] b, double[] c, int rows, int depth, int columns) {
    addPart(a, pitch, b, c, rows, depth, columns, 0);
  }

  /// Columns from `column` on.
  static void addPart(
      float[] a, int pitch, float[] b, float[] c, int rows, int depth, int columns, int column) {
    float[] sums = Scratch.ofThread().floats;
    for (int j = column; j < columns; j += sums.length) {
      int count = Math.min(sums.length, columns - j);
      for (int i = 0; i < rows; i++) {
        for (int first = 0; first < depth; first += DEPTH) {
          int last = Math.min(first + DEPTH, depth);
          Arrays.fill(sums, 0, count, 0);
          for (int d = first; d < last; d++) {
            addMultiple(a[i * pitch + d], b, d * columns + j, sums, count);
          }
          add(sums, c, i * columns + j, count);
        }
      }
    }
  }

  private static void addMultiple(float factor, float[] b, int from, float[] sums, int count) {
    for (int j = 0; j < count; j++) {
      sums[j] = Math.fma(factor, b[from + j], sums[j]);
    }
  }

  private static void add(float[] sums, float[] c, int to, int count) {
    for (int j = 0; j < count; j++) {
      c[to + j] += sums[j];
    }
  }

  static void addPart(
      double[] a, int pitch, double[] b, double[] c, int rows, int depth, int columns, int column) {
    double[] sums = Scratch.ofThread().doubles;
    for (int j = column; j < columns; j += sums.length) {
      int count = Math.min(sums.length, columns - j);
      for (int i = 0; i < rows; i++) {
        for (int first = 0; first < depth; first += DEPTH) {
          int last = Math.min(first + DEPTH, depth);
          Arrays.fill(sums, 0, count, 0);
          for (int d = first; d < last; d++) {
            addMultiple(a[i * pitch + d], b, d * columns + j, sums, count);
          }
          add(sums, c, i * columns + j, count);
        }
      }
    }
  }

  private static void addMultiple(double factor, double[] b, int from, double[] sums, int count) {
    for (int j = 0; j < count; j++) {
      sums[j] = Math.fma(factor, b[from + j], sums[j]);
    }
  }

  private static void add(double[] sums, double[] c, int to, int count) {
    for (int j = 0; j < count; j++) {
      c[to + j] += sums[j];
    }
  }
}
