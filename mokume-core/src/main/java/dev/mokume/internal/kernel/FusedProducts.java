package dev.mokume.internal.kernel;

/// Products of small matrices, the inner loop of factorisations.
///
/// `c[i][j]` takes up `a[i][d] * b[d][j]` for `d` from 0 on, one after the other, each product and
/// sum fused into one rounding. Fused, unlike all other arithmetic: a factorisation is no merge
/// that another tool must be able to repeat, and it is twice as fast. The order and the fusing are
/// the definition, so the bits are the same everywhere.
public interface FusedProducts {
  /// `c += a * b` in f32.
  ///
  /// @param a has element (i, d) at `i * rowStep + d * depthStep`, so that it can be read
  ///   transposed
  /// @param b `depth` rows of `columns`
  /// @param c `rows` rows of `columns`
  void addProduct(
      float[] a,
      int rowStep,
      int depthStep,
      float[] b,
      float[] c,
      int rows,
      int depth,
      int columns);

  /// `c += a * b` in f64.
  void addProduct(
      double[] a,
      int rowStep,
      int depthStep,
      double[] b,
      double[] c,
      int rows,
      int depth,
      int columns);
}
