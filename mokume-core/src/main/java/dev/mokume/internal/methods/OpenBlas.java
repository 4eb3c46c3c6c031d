package dev.mokume.internal.methods;

/// Sums and products of F32 in the order in which OpenBLAS takes them on a CPU with AVX2, found by
/// comparing the bits of what it returns (0.3.21, one thread). Each method names its routine.
///
/// A matrix is an array of its columns. Sums of products with a vector are taken of at most 4096
/// rows; of more OpenBLAS adds up several.
final class OpenBlas {
  private static final int LANES = 8;
  private static final int HALF = LANES / 2;

  /// Of a column's elements as many are fused as fill this many.
  private static final int FUSED = 32;

  private OpenBlas() {}

  /// The length of what a vector has from a row on: `snrm2`. In f64, where the order does not show.
  static float norm(float[] x, int from) {
    double sum = 0;
    for (int i = from; i < x.length; i++) {
      sum += (double) x[i] * x[i];
    }
    return (float) Math.sqrt(sum);
  }

  /// The products of columns with a vector, `columns' x`: `sgemv` with `T`.
  ///
  /// It takes columns by fours, of what is left two and then one, each in another order: what a
  /// column comes to depends on where it stands.
  ///
  /// @param columns those from `first` to before `end`
  /// @param x goes with their rows from `from` to before `to`
  static float[] products(float[][] columns, int first, int end, float[] x, int from, int to) {
    float[] products = new float[end - first];
    int fours = products.length / 4 * 4;
    int twos = products.length / 2 * 2;
    int whole = to - (to - from) % HALF;
    for (int j = 0; j < products.length; j++) {
      float[] column = columns[first + j];
      int lanes = j < fours || j >= twos ? LANES : HALF;
      products[j] = sum(column, x, from, whole, lanes, j < fours) + rest(column, x, whole, to);
    }
    return products;
  }

  /// Rows go to the lanes in turn; those that do not fill all lanes come first.
  private static float sum(
      float[] column, float[] x, int from, int to, int lanes, boolean isFused) {
    float[] sums = new float[LANES];
    int before = (to - from) % lanes;
    for (int i = 0; i < to - from; i++) {
      int lane = i < before ? i : (i - before) % lanes;
      float a = column[from + i];
      float b = x[from + i];
      sums[lane] = isFused ? Math.fma(a, b, sums[lane]) : sums[lane] + a * b;
    }
    return ((sums[0] + sums[4]) + (sums[1] + sums[5]))
        + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
  }

  /// The last three rows at most.
  private static float rest(float[] column, float[] x, int from, int to) {
    float sum = 0;
    for (int i = from; i < to; i++) {
      sum += column[i] * x[i];
    }
    return sum;
  }

  /// Adds `factor x` to rows of a column: `saxpy`, which `sger` does with each column.
  static void add(float factor, float[] x, float[] column, int from, int to) {
    int fused = to - (to - from) % FUSED;
    for (int i = from; i < fused; i++) {
      column[i] = Math.fma(factor, x[i], column[i]);
    }
    for (int i = fused; i < to; i++) {
      column[i] += factor * x[i];
    }
  }

  /// The product `a b'`: `sgemm`. Of eight products and more some sums are taken in two halves, so
  /// a has seven columns at most.
  static float[][] timesTransposed(float[][] a, float[][] b) {
    float[][] product = new float[b[0].length][a[0].length];
    for (int k = 0; k < a.length; k++) {
      for (int j = 0; j < product.length; j++) {
        for (int i = 0; i < a[k].length; i++) {
          product[j][i] = Math.fma(a[k][i], b[k][j], product[j][i]);
        }
      }
    }
    return product;
  }
}
