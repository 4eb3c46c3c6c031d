package dev.mokume.internal.kernel;

/// Products of small matrices, the inner loop of factorisations.
///
/// `c[i][j]` takes up `a[i][d] * b[d][j]` for [#DEPTH] values of `d` at a time: their sum begins at
/// 0 and goes up from the least `d`, each product and sum fused into one rounding, and is then
/// added to `c[i][j]`. Fused, unlike all other arithmetic: a factorisation is no merge that another
/// tool must be able to repeat, and it is twice as fast. The order and the fusing are the
/// definition, so the bits are the same everywhere.
public interface FusedProducts {
  /// How many products are summed before the sum is added.
  int DEPTH = 128;

  /// `c += a * b` in f32.
  ///
  /// @param a `rows` rows of `depth`; row i begins at `i * pitch`
  /// @param b `depth` rows of `columns`
  /// @param c `rows` rows of `columns`
  void addProduct(float[] a, int pitch, float[] b, float[] c, int rows, int depth, int columns);

  /// `c += a * b` in f64.
  void addProduct(double[] a, int pitch, double[] b, double[] c, int rows, int depth, int columns);
}
