package dev.mokume.internal.methods;

import dev.mokume.internal.linear.Eigenvectors;
import dev.mokume.plugin.WholeTensor;
import java.util.Arrays;

/// A tensor as a matrix, and what follows from the dot products of its rows or of its columns,
/// whichever are fewer. The products are f64.
///
/// @param rows of it
/// @param columns of it
record Gram(WholeTensor tensor, int rows, int columns) {
  /// Of the longer side, read at a time.
  private static final int PANEL = 256;

  /// The bytes of arrays that the leading vectors of a matrix take to find.
  static long heapBytes(long rows, long columns, long count) {
    long small = Math.min(rows, columns);
    long large = Math.max(rows, columns);
    return Double.BYTES * (6 * small * small + PANEL * small + count * (small + large))
        + Float.BYTES * Math.max(columns, PANEL);
  }

  boolean isWide() {
    return rows < columns;
  }

  int small() {
    return Math.min(rows, columns);
  }

  int large() {
    return Math.max(rows, columns);
  }

  /// A stretch of the longer side: `panel[i * PANEL + k]` belongs to place i of the shorter one.
  private int read(int start, double[] panel, float[] line) {
    int length = Math.min(PANEL, large() - start);
    if (isWide()) {
      for (int row = 0; row < rows; row++) {
        tensor.read((long) row * columns + start, line, 0, length);
        for (int k = 0; k < length; k++) {
          panel[row * PANEL + k] = line[k];
        }
      }
    } else {
      for (int k = 0; k < length; k++) {
        tensor.read((long) (start + k) * columns, line, 0, columns);
        for (int column = 0; column < columns; column++) {
          panel[column * PANEL + k] = line[column];
        }
      }
    }
    return length;
  }

  private interface Panel {
    void visit(double[] panel, int start, int length);
  }

  private void each(Panel visitor) {
    double[] panel = new double[small() * PANEL];
    float[] line = new float[Math.max(columns, PANEL)];
    for (int start = 0; start < large(); start += PANEL) {
      visitor.visit(panel, start, read(start, panel, line));
    }
  }

  /// The singular vectors of the `count` greatest singular values on the shorter side, row by row
  /// of `small()` numbers each.
  double[] leading(int count) {
    int size = small();
    double[] products = new double[size * size];
    each((panel, _, length) -> {
      for (int i = 0; i < size; i++) {
        for (int j = 0; j <= i; j++) {
          products[i * size + j] += dot(panel, i * PANEL, j * PANEL, length);
        }
      }
    });
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < i; j++) {
        products[j * size + i] = products[i * size + j];
      }
    }
    double[] vectors = Eigenvectors.of(products, size).vectors();
    double[] leading = new double[count * size];
    for (int vector = 0; vector < count; vector++) {
      for (int i = 0; i < size; i++) {
        leading[vector * size + i] = vectors[i * size + vector];
      }
    }
    return leading;
  }

  /// The matrix times vectors of the shorter side: as many of the longer one, row by row of
  /// `large()` numbers each.
  double[] timesSmall(double[] vectors) {
    int count = vectors.length / small();
    double[] result = new double[count * large()];
    each((panel, start, length) -> {
      for (int vector = 0; vector < count; vector++) {
        for (int i = 0; i < small(); i++) {
          double factor = vectors[vector * small() + i];
          int to = vector * large() + start;
          for (int k = 0; k < length; k++) {
            result[to + k] += factor * panel[i * PANEL + k];
          }
        }
      }
    });
    return result;
  }

  /// The matrix times vectors of the longer side: as many of the shorter one.
  double[] timesLarge(double[] vectors) {
    int count = vectors.length / large();
    double[] result = new double[count * small()];
    each((panel, start, length) -> {
      for (int vector = 0; vector < count; vector++) {
        int from = vector * large() + start;
        for (int i = 0; i < small(); i++) {
          double sum = 0;
          for (int k = 0; k < length; k++) {
            sum += vectors[from + k] * panel[i * PANEL + k];
          }
          result[vector * small() + i] += sum;
        }
      }
    });
    return result;
  }

  /// Fills `out`, of the same shape, with the sum over vectors of the products of a number of each
  /// side.
  void writeProducts(double[] onSmall, double[] onLarge, WholeTensor out) {
    int count = onSmall.length / small();
    float[] line = new float[columns];
    double[] sums = new double[columns];
    for (int row = 0; row < rows; row++) {
      Arrays.fill(sums, 0);
      for (int vector = 0; vector < count; vector++) {
        double factor =
            isWide() ? onSmall[vector * small() + row] : onLarge[vector * large() + row];
        double[] others = isWide() ? onLarge : onSmall;
        int from = vector * columns;
        for (int column = 0; column < columns; column++) {
          sums[column] += factor * others[from + column];
        }
      }
      for (int column = 0; column < columns; column++) {
        line[column] = (float) sums[column];
      }
      out.write((long) row * columns, line, 0, columns);
    }
  }

  private static double dot(double[] values, int a, int b, int length) {
    double sum = 0;
    for (int k = 0; k < length; k++) {
      sum += values[a + k] * values[b + k];
    }
    return sum;
  }
}
