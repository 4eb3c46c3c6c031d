package dev.mokume.internal.methods;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/// The rotation of rows that are longer than there are rows: what a row has in the directions `to`
/// is replaced by what it has in the directions `from`; the rest stays.
///
/// A part of it takes the directions, instead, from two places on the way between `to` and `from`,
/// as far before its middle as behind it. Source: sd-mecha, rotate.
///
/// @param from orthonormal columns, fewer than they are long
/// @param to likewise, as many
record LowRankTurn(DMatrixRMaj from, DMatrixRMaj to) implements Turn {
  /// Singular values that are smaller, as a share of the greatest, are rounding.
  private static final double LEAST = 1e-6;

  /// The rotation that brings the rows of A nearest to those of B (Procrustes).
  ///
  /// Directions in which A and B have nothing in common are left out: any direction would do, and
  /// one would be chosen by rounding. Rows about their mean always leave one over.
  ///
  /// @param a A's rows, as columns
  static LowRankTurn between(DMatrixRMaj a, DMatrixRMaj b) {
    Orthogonal.Qr ofA = Orthogonal.Qr.of(a);
    Orthogonal.Qr ofB = Orthogonal.Qr.of(b);
    Orthogonal.Svd svd = Orthogonal.Svd.of(Orthogonal.timesTransposed(ofA.r(), ofB.r()));
    return along(ofA.q(), ofB.q(), svd, rank(svd));
  }

  /// How many directions A and B have in common.
  static int rank(Orthogonal.Svd svd) {
    int rank = 0;
    while (rank < svd.values().length && svd.values()[rank] > LEAST * svd.values()[0]) {
      rank++;
    }
    return rank;
  }

  /// The rotation in the first directions of singular vectors.
  ///
  /// @param a what the left ones are coordinates in, as columns
  /// @param b likewise, the right ones
  static LowRankTurn along(DMatrixRMaj a, DMatrixRMaj b, Orthogonal.Svd svd, int directions) {
    if (directions == 0) {
      return new LowRankTurn(new DMatrixRMaj(a.numRows, 0), new DMatrixRMaj(a.numRows, 0));
    }
    return new LowRankTurn(
        Orthogonal.times(a, first(svd.left(), directions)),
        Orthogonal.times(b, first(svd.right(), directions)));
  }

  private static DMatrixRMaj first(DMatrixRMaj matrix, int columns) {
    return CommonOps_DDRM.extract(matrix, 0, matrix.numRows, 0, columns);
  }

  @Override
  public Rows by(double part) {
    if (part == 0 || from.numCols == 0) {
      return row -> row;
    }
    if (part == 1) {
      return moving(from, to);
    }
    if (part == -1) {
      return moving(to, from);
    }
    Stiefel.Way way = Stiefel.Way.between(to, from);
    return moving(way.at((1 + part) / 2), way.at((1 - part) / 2));
  }

  /// `x - x to to' + x from to'`.
  private static Rows moving(DMatrixRMaj from, DMatrixRMaj to) {
    return row -> {
      DMatrixRMaj x = DMatrixRMaj.wrap(1, row.length, row.clone());
      DMatrixRMaj moved = Orthogonal.times(x, from);
      CommonOps_DDRM.subtractEquals(moved, Orthogonal.times(x, to));
      DMatrixRMaj result = Orthogonal.timesTransposed(moved, to);
      CommonOps_DDRM.addEquals(result, x);
      return result.data;
    };
  }
}
