package dev.mokume.method;

import dev.mokume.expression.Formula;

/// One vector's coefficient, as a function of the dot products of all.
///
/// @param vector whose
record Coefficient(GramRule rule, int vector) implements Formula {
  /// @param x the dot products of the vectors 0 and 0, 0 and 1, up to 0 and n - 1, 1 and 1, 1 and 2
  ///   and so on
  @Override
  public double apply(double[] x) {
    int n = (int) Math.round((Math.sqrt(8.0 * x.length + 1) - 1) / 2);
    if (n * (n + 1) / 2 != x.length) {
      throw new IllegalArgumentException(x.length + " numbers are not the dot products of vectors");
    }
    double[][] gram = new double[n][n];
    int at = 0;
    for (int i = 0; i < n; i++) {
      for (int j = i; j < n; j++) {
        gram[i][j] = x[at];
        gram[j][i] = x[at++];
      }
    }
    return rule.coefficients(gram)[vector];
  }
}
