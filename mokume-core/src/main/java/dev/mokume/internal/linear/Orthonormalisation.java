package dev.mokume.internal.linear;

/// What makes the columns of a matrix orthonormal, from their products with each other alone.
///
/// The Gram matrix `G` of `Y` is factored as `R^T R` (Cholesky), so that `Y R^-1` has orthonormal
/// columns. Its error grows with the square of the columns' condition, which f64 bears down to
/// [#DEPENDENT]; a column that depends on those before it, as far as f32 can tell, becomes zero.
final class Orthonormalisation {
  /// A column is dependent if no more than this share of its squared norm is its own. Columns are
  /// f32: what is left then is mostly their rounding.
  private static final double DEPENDENT = 1e-10;

  private Orthonormalisation() {}

  /// The `n` by `n` matrix to multiply with, upper triangular, row by row.
  ///
  /// @param gram of `n` columns; overwritten
  static double[] of(double[] gram, int n) {
    for (int j = 0; j < n; j++) {
      double whole = gram[j * n + j];
      double own = whole;
      for (int i = 0; i < j; i++) {
        double pivot = gram[i * n + i];
        double product = gram[i * n + j];
        for (int k = 0; k < i; k++) {
          product -= gram[k * n + i] * gram[k * n + j];
        }
        gram[i * n + j] = pivot == 0 ? 0 : product / pivot;
        own -= gram[i * n + j] * gram[i * n + j];
      }
      gram[j * n + j] = own > DEPENDENT * whole ? Math.sqrt(own) : 0;
    }
    return inverse(gram, n);
  }

  /// Of an upper triangular matrix, whose lower part is not looked at. Columns with a zero pivot
  /// are taken out: they stay zero.
  private static double[] inverse(double[] r, int n) {
    double[] inverse = new double[n * n];
    for (int j = 0; j < n; j++) {
      if (r[j * n + j] == 0) {
        continue;
      }
      inverse[j * n + j] = 1 / r[j * n + j];
      for (int i = j - 1; i >= 0; i--) {
        double sum = 0;
        for (int k = i + 1; k <= j; k++) {
          sum -= r[i * n + k] * inverse[k * n + j];
        }
        inverse[i * n + j] = r[i * n + i] == 0 ? 0 : sum / r[i * n + i];
      }
    }
    return inverse;
  }
}
