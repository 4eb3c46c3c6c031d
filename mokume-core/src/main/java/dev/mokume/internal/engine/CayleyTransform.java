package dev.mokume.internal.engine;

/// The rotation that a skew-symmetric matrix stands for.
final class CayleyTransform {
  private CayleyTransform() {}

  /// `(I + Q) (I - Q)^-1` in f64, by elimination with the largest pivot of each column. `I - Q` has
  /// an inverse for every finite skew-symmetric Q.
  ///
  /// @param q row by row; not changed
  static double[] of(double[] q, int size) {
    // R (I - Q) = I + Q. Since Q' = -Q, the transposed equation is (I + Q) R' = I - Q.
    double[] left = new double[size * size];
    double[] right = new double[size * size];
    for (int i = 0; i < left.length; i++) {
      double identity = i / size == i % size ? 1 : 0;
      left[i] = identity + q[i];
      right[i] = identity - q[i];
    }
    for (int column = 0; column < size; column++) {
      int pivot = pivot(left, size, column);
      swap(left, size, column, pivot);
      swap(right, size, column, pivot);
      double divisor = left[column * size + column];
      for (int row = column + 1; row < size; row++) {
        double factor = left[row * size + column] / divisor;
        if (factor != 0) {
          subtract(left, size, row, column, factor, column);
          subtract(right, size, row, column, factor, 0);
        }
      }
    }
    for (int row = size - 1; row >= 0; row--) {
      for (int below = row + 1; below < size; below++) {
        subtract(right, size, row, below, left[row * size + below], 0);
      }
      for (int i = 0; i < size; i++) {
        right[row * size + i] /= left[row * size + row];
      }
    }
    return transposed(right, size);
  }

  private static int pivot(double[] matrix, int size, int column) {
    int best = column;
    for (int row = column + 1; row < size; row++) {
      if (Math.abs(matrix[row * size + column]) > Math.abs(matrix[best * size + column])) {
        best = row;
      }
    }
    return best;
  }

  private static void swap(double[] matrix, int size, int a, int b) {
    for (int i = 0; a != b && i < size; i++) {
      double kept = matrix[a * size + i];
      matrix[a * size + i] = matrix[b * size + i];
      matrix[b * size + i] = kept;
    }
  }

  private static void subtract(
      double[] matrix, int size, int from, int row, double factor, int first) {
    for (int i = first; i < size; i++) {
      matrix[from * size + i] -= factor * matrix[row * size + i];
    }
  }

  private static double[] transposed(double[] matrix, int size) {
    double[] result = new double[matrix.length];
    for (int i = 0; i < matrix.length; i++) {
      result[i % size * size + i / size] = matrix[i];
    }
    return result;
  }
}
