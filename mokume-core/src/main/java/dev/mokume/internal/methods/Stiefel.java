package dev.mokume.internal.methods;

import static org.ejml.dense.row.CommonOps_DDRM.addEquals;
import static org.ejml.dense.row.CommonOps_DDRM.changeSign;
import static org.ejml.dense.row.CommonOps_DDRM.det;
import static org.ejml.dense.row.CommonOps_DDRM.extract;
import static org.ejml.dense.row.CommonOps_DDRM.insert;
import static org.ejml.dense.row.CommonOps_DDRM.scale;
import static org.ejml.dense.row.CommonOps_DDRM.subtractEquals;
import static org.ejml.dense.row.CommonOps_DDRM.transpose;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.NormOps_DDRM;
import org.ejml.dense.row.decomposition.eig.SymmetricQRAlgorithmDecomposition_DDRM;

/// The way from one set of orthonormal columns to another, along the shortest line between them.
///
/// The logarithm is found by the iteration of R. Zimmermann and K. Hueper, Computing the Riemannian
/// logarithm on the Stiefel manifold, arXiv:2103.12046, section 4.
final class Stiefel {
  private static final double NEAR = 1e-9;
  private static final int MOST_STEPS = 100;

  private Stiefel() {}

  /// @param start n by p, n greater than p, of orthonormal columns
  /// @param tangent where the way goes from there, as long as it is
  record Way(DMatrixRMaj start, DMatrixRMaj tangent) {
    static Way between(DMatrixRMaj start, DMatrixRMaj end) {
      return new Way(start, logarithm(start, end));
    }

    /// What lies on the way, at that part of it.
    DMatrixRMaj at(double part) {
      DMatrixRMaj step = tangent.copy();
      scale(part, step);
      return exponential(start, step);
    }
  }

  private static DMatrixRMaj logarithm(DMatrixRMaj start, DMatrixRMaj end) {
    int p = start.numCols;
    int k = Math.min(start.numRows - p, p);
    DMatrixRMaj along = Orthogonal.transposedTimes(start, end);
    DMatrixRMaj across = end.copy();
    subtractEquals(across, Orthogonal.times(start, along));
    Orthogonal.Qr qr = Orthogonal.Qr.of(across);
    DMatrixRMaj q = extract(qr.q(), 0, start.numRows, 0, k);
    DMatrixRMaj n = extract(qr.r(), 0, k, 0, p);
    DMatrixRMaj v = new DMatrixRMaj(p + k, p + k);
    insert(completed(along, n), v, 0, 0);
    // Turned so that its last block is diagonal, which the iteration starts nearer from.
    Orthogonal.Svd svd = Orthogonal.Svd.of(extract(v, p, p + k, p, p + k));
    q = Orthogonal.times(q, svd.left());
    insert(Orthogonal.transposedTimes(svd.left(), n), v, p, 0);
    insert(Orthogonal.times(extract(v, 0, p, p, p + k), svd.right()), v, 0, p);
    DMatrixRMaj diagonal = new DMatrixRMaj(k, k);
    for (int i = 0; i < k; i++) {
      diagonal.set(i, i, svd.values()[i]);
    }
    insert(diagonal, v, p, p);
    if (det(v) < 0) {
      for (int row = 0; row < p + k; row++) {
        v.set(row, p + k - 1, -v.get(row, p + k - 1));
      }
    }
    DMatrixRMaj logarithm = Orthogonal.logarithm(v);
    for (int step = 0; step < MOST_STEPS; step++) {
      DMatrixRMaj rest = extract(logarithm, p, p + k, p, p + k);
      if (NormOps_DDRM.normF(rest) <= NEAR) {
        break;
      }
      DMatrixRMaj lower = extract(logarithm, p, p + k, 0, p);
      DMatrixRMaj turn = Orthogonal.exponential(correction(lower, rest));
      insert(Orthogonal.times(extract(v, 0, p + k, p, p + k), turn), v, 0, p);
      logarithm = Orthogonal.logarithm(v);
    }
    DMatrixRMaj way = Orthogonal.times(start, extract(logarithm, 0, p, 0, p));
    addEquals(way, Orthogonal.times(q, extract(logarithm, p, p + k, 0, p)));
    return way;
  }

  /// An orthogonal matrix whose first columns are those of `upper` over `lower`.
  private static DMatrixRMaj completed(DMatrixRMaj upper, DMatrixRMaj lower) {
    int p = upper.numRows;
    int size = p + lower.numRows;
    DMatrixRMaj columns = new DMatrixRMaj(size, p);
    insert(upper, columns, 0, 0);
    insert(lower, columns, p, 0);
    DMatrixRMaj all = new DMatrixRMaj(size, size);
    insert(columns, all, 0, 0);
    insert(Orthogonal.complement(columns), all, 0, p);
    return all;
  }

  /// The solution g of `s g + g s = c`, where `s = lower lower' / 12 - I / 2`.
  private static DMatrixRMaj correction(DMatrixRMaj lower, DMatrixRMaj c) {
    int k = c.numRows;
    DMatrixRMaj s = Orthogonal.timesTransposed(lower, lower);
    scale(1.0 / 12, s);
    for (int i = 0; i < k; i++) {
      s.add(i, i, -0.5);
    }
    SymmetricQRAlgorithmDecomposition_DDRM eigen = new SymmetricQRAlgorithmDecomposition_DDRM(true);
    if (!eigen.decompose(s)) {
      throw new IllegalStateException("the eigenvalues diverge");
    }
    DMatrixRMaj vectors = new DMatrixRMaj(k, k);
    for (int i = 0; i < k; i++) {
      insert(eigen.getEigenVector(i), vectors, 0, i);
    }
    DMatrixRMaj turned = Orthogonal.times(Orthogonal.transposedTimes(vectors, c), vectors);
    for (int i = 0; i < k; i++) {
      for (int j = 0; j < k; j++) {
        double sum = eigen.getEigenvalue(i).real + eigen.getEigenvalue(j).real;
        turned.set(i, j, turned.get(i, j) / sum);
      }
    }
    return Orthogonal.timesTransposed(Orthogonal.times(vectors, turned), vectors);
  }

  private static DMatrixRMaj exponential(DMatrixRMaj start, DMatrixRMaj way) {
    int p = start.numCols;
    int k = Math.min(start.numRows - p, p);
    DMatrixRMaj along = Orthogonal.transposedTimes(start, way);
    DMatrixRMaj across = way.copy();
    subtractEquals(across, Orthogonal.times(start, along));
    Orthogonal.Qr qr = Orthogonal.Qr.of(across);
    DMatrixRMaj q = extract(qr.q(), 0, start.numRows, 0, k);
    DMatrixRMaj r = extract(qr.r(), 0, k, 0, p);
    DMatrixRMaj w = new DMatrixRMaj(p + k, p + k);
    insert(along, w, 0, 0);
    insert(r, w, p, 0);
    DMatrixRMaj back = new DMatrixRMaj(p, k);
    transpose(r, back);
    changeSign(back);
    insert(back, w, 0, p);
    DMatrixRMaj m = Orthogonal.exponential(w);
    DMatrixRMaj end = Orthogonal.times(start, extract(m, 0, p, 0, p));
    addEquals(end, Orthogonal.times(q, extract(m, p, p + k, 0, p)));
    return end;
  }
}
