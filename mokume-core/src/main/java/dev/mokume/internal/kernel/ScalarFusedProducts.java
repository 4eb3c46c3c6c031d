package dev.mokume.internal.kernel;

/// Plain loops.
class ScalarFusedProducts implements FusedProducts {
  @Override
  public void addProduct(
      float[] a,
      int rowStep,
      int depthStep,
      float[] b,
      float[] c,
      int rows,
      int depth,
      int columns) {
    addPart(a, rowStep, depthStep, b, c, 0, rows, depth, columns, 0);
  }

  @Override
  public void addProduct(
      double[] a,
      int rowStep,
      int depthStep,
      double[] b,
      double[] c,
      int rows,
      int depth,
      int columns) {
    addPart(a, rowStep, depthStep, b, c, 0, rows, depth, columns, 0);
  }

  /// Rows `first` to `last` and columns from `column` on.
  static void addPart(
      float[] a,
      int rowStep,
      int depthStep,
      float[] b,
      float[] c,
      int first,
      int last,
      int depth,
      int columns,
      int column) {
    for (int i = first; i < last; i++) {
      for (int d = 0; d < depth; d++) {
        addRow(
            a[i * rowStep + d * depthStep],
            b,
            d * columns + column,
            c,
            i * columns + column,
            columns - column);
      }
    }
  }

  private static void addRow(float factor, float[] b, int from, float[] c, int to, int count) {
    for (int j = 0; j < count; j++) {
      c[to + j] = Math.fma(factor, b[from + j], c[to + j]);
    }
  }

  static void addPart(
      double[] a,
      int rowStep,
      int depthStep,
      double[] b,
      double[] c,
      int first,
      int last,
      int depth,
      int columns,
      int column) {
    for (int i = first; i < last; i++) {
      for (int d = 0; d < depth; d++) {
        addRow(
            a[i * rowStep + d * depthStep],
            b,
            d * columns + column,
            c,
            i * columns + column,
            columns - column);
      }
    }
  }

  private static void addRow(double factor, double[] b, int from, double[] c, int to, int count) {
    for (int j = 0; j < count; j++) {
      c[to + j] = Math.fma(factor, b[from + j], c[to + j]);
    }
  }
}
