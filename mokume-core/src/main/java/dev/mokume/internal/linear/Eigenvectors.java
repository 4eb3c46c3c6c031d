package dev.mokume.internal.linear;

import java.util.Comparator;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.decomposition.eig.SymmetricQRAlgorithmDecomposition_DDRM;

/// The eigenvalues of a symmetric matrix, greatest first, and its eigenvectors.
///
/// @param values `n` of them; those that rounding made negative are 0
/// @param vectors `n` by `n`, row by row: column i belongs to value i
public record Eigenvectors(double[] values, double[] vectors) {

  /// @param symmetric `n` by `n`
  public static Eigenvectors of(double[] symmetric, int n) {
    // One thread's algorithm, so that the bits are the same everywhere.
    SymmetricQRAlgorithmDecomposition_DDRM decomposition =
        new SymmetricQRAlgorithmDecomposition_DDRM(true);
    if (!decomposition.decompose(DMatrixRMaj.wrap(n, n, symmetric.clone()))) {
      throw new IllegalStateException("the eigenvalues of a " + n + " x " + n + " matrix diverge");
    }
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> -decomposition.getEigenvalue(i).real))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] values = new double[n];
    double[] vectors = new double[n * n];
    for (int i = 0; i < n; i++) {
      values[i] = Math.max(0, decomposition.getEigenvalue(order[i]).real);
      double[] vector = decomposition.getEigenVector(order[i]).data;
      for (int row = 0; row < n; row++) {
        vectors[row * n + i] = vector[row];
      }
    }
    return new Eigenvectors(values, vectors);
  }
}
