package dev.mokume.internal.methods;

import java.util.Arrays;

/// The factors of a tall matrix of F32, `m = q r`, with the bits that LAPACK returns on OpenBLAS:
/// by reflections, column after column. Both are arrays of columns; q has as many as m.
///
/// It is so up to 128 columns and 4096 rows; beyond, LAPACK takes columns together and OpenBLAS
/// rows. Columns shorter than 1e-30 LAPACK scales first.
record LapackQr(float[][] q, float[][] r) {
  /// Routines: `sgeqrf`, which is `sgeqr2` so far, and `sorgqr`, which is `sorg2r`.
  static LapackQr of(float[][] m) {
    float[][] columns = Arrays.stream(m).map(float[]::clone).toArray(float[][]::new);
    float[] factors = new float[columns.length];
    float[][] r = new float[columns.length][columns.length];
    for (int j = 0; j < columns.length; j++) {
      Reflection reflection = Reflection.along(columns[j], j);
      factors[j] = reflection.factor();
      System.arraycopy(columns[j], 0, r[j], 0, j);
      r[j][j] = reflection.length();
      reflect(columns, j, factors[j]);
    }
    for (int j = columns.length - 1; j >= 0; j--) {
      float[] column = columns[j];
      reflect(columns, j, factors[j]);
      for (int i = j + 1; i < column.length; i++) {
        column[i] *= -factors[j];
      }
      column[j] = 1 - factors[j];
      Arrays.fill(column, 0, j, 0);
    }
    return new LapackQr(columns, r);
  }

  /// `x - factor v v' x`, for which a column x becomes as long as it was, in one element.
  ///
  /// @param length of the column, with the sign that it takes
  private record Reflection(float factor, float length) {
    /// Puts v in the place of what a column has from an element on. Routine: `slarfg`.
    static Reflection along(float[] column, int first) {
      float alpha = column[first];
      column[first] = 1;
      float norm = OpenBlas.norm(column, first + 1);
      if (norm == 0) {
        return new Reflection(0, alpha);
      }
      float beta = -Math.copySign(hypotenuse(alpha, norm), alpha);
      float scale = 1 / (alpha - beta);
      for (int i = first + 1; i < column.length; i++) {
        column[i] *= scale;
      }
      return new Reflection((beta - alpha) / beta, beta);
    }

    /// Routine: `slapy2`.
    private static float hypotenuse(float x, float y) {
      float greater = Math.max(Math.abs(x), Math.abs(y));
      float less = Math.min(Math.abs(x), Math.abs(y));
      if (less == 0) {
        return greater;
      }
      float ratio = less / greater;
      return greater * (float) Math.sqrt(1 + ratio * ratio);
    }
  }

  /// Reflects the columns behind one that is v. Zeros that v and the columns end with are left out,
  /// which alters how the others are taken together. Routine: `slarf`.
  private static void reflect(float[][] columns, int j, float factor) {
    if (factor == 0) {
      return;
    }
    float[] v = columns[j];
    int to = v.length;
    while (v[to - 1] == 0) {
      to--;
    }
    int end = columns.length;
    while (end > j + 1 && isZero(columns[end - 1], j, to)) {
      end--;
    }
    float[] products = OpenBlas.products(columns, j + 1, end, v, j, to);
    for (int k = j + 1; k < end; k++) {
      OpenBlas.add(-factor * products[k - j - 1], v, columns[k], j, to);
    }
  }

  private static boolean isZero(float[] column, int from, int to) {
    for (int i = from; i < to; i++) {
      if (column[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
