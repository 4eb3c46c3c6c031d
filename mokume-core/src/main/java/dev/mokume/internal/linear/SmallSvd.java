package dev.mokume.internal.linear;

import java.util.Comparator;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.decomposition.svd.SvdImplicitQrDecompose_DDRM;

/// The singular value decomposition of a small square matrix, greatest value first.
///
/// @param values `n` of them
/// @param left `n` by `n`, row by row: column i belongs to value i
/// @param right as `left`
record SmallSvd(double[] values, double[] left, double[] right) {

  /// @param square `n` by `n`
  static SmallSvd of(double[] square, int n) {
    SvdImplicitQrDecompose_DDRM decomposition =
        new SvdImplicitQrDecompose_DDRM(true, true, true, false);
    if (!decomposition.decompose(DMatrixRMaj.wrap(n, n, square.clone()))) {
      throw new IllegalStateException(
          "the singular values of a " + n + " x " + n + " matrix diverge");
    }
    double[] found = decomposition.getSingularValues();
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> -found[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = found[order[i]];
    }
    return new SmallSvd(
        values,
        ordered(decomposition.getU(null, false).data, order),
        ordered(decomposition.getV(null, false).data, order));
  }

  private static double[] ordered(double[] vectors, int[] order) {
    int n = order.length;
    double[] ordered = new double[n * n];
    for (int i = 0; i < n; i++) {
      for (int row = 0; row < n; row++) {
        ordered[row * n + i] = vectors[row * n + order[i]];
      }
    }
    return ordered;
  }
}
