package dev.mokume.internal.methods;

import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;

/// The rotation of a small matrix wider than high as sd-mecha computes it: in f32, its sums in the
/// order of torch and of the OpenBLAS under it.
///
/// Otherwise it comes to the same as [LowRankTurn#between] but for the last bits. Where one
/// direction is missing, though, as in rows about their mean, those bits are all that it is made
/// of. They are those of the two factorisations; the singular vectors within the second follow from
/// it to six digits, in f64 as in f32. Where more than one direction is missing they do not, and
/// all that are missing are left alone.
final class FloatTurn {
  /// Of more rows OpenBLAS takes some sums in two halves.
  private static final int MOST_ROWS = 7;

  /// Of more elements it divides them among the threads that there are.
  private static final int MOST_COLUMNS = 1000;

  /// torch adds this many columns at once.
  private static final int COLUMNS_AT_ONCE = 32;

  private FloatTurn() {}

  /// Whether a matrix is so small, and so wide: of one that is nearly square LAPACK takes the
  /// singular vectors without the second factorisation.
  static boolean reproduces(Rotate.Sides sides) {
    return sides.rows() <= MOST_ROWS
        && sides.columns() <= MOST_COLUMNS
        && sides.isWide()
        && sides.columns() >= sides.rows() * 11 / 6;
  }

  /// The rotation that brings the rows of A nearest to those of B (Procrustes), one direction that
  /// they do not have in common among the others.
  ///
  /// @param centralization how much of the mean is taken away first
  static LowRankTurn between(float[][] a, float[][] b, double centralization) {
    LapackQr ofB = LapackQr.of(centred(b, (float) centralization));
    float[][] products = OpenBlas.timesTransposed(centred(a, (float) centralization), ofB.r());
    LapackQr ofProducts = LapackQr.of(products);
    Orthogonal.Svd svd = Orthogonal.Svd.of(matrix(ofProducts.r()));
    int rank = LowRankTurn.rank(svd);
    int directions = rank == a.length - 1 ? a.length : rank;
    return LowRankTurn.along(matrix(ofProducts.q()), matrix(ofB.q()), svd, directions);
  }

  private static float[][] centred(float[][] rows, float centralization) {
    float[][] centred = Arrays.stream(rows).map(float[]::clone).toArray(float[][]::new);
    for (int i = 0; i < rows[0].length; i++) {
      float centre = sum(rows, i) / rows.length * centralization;
      for (float[] row : centred) {
        row[i] -= centre;
      }
    }
    return centred;
  }

  /// One row after the other; but of the columns that are left when the others are added many at
  /// once, the second to fourth row come last.
  private static float sum(float[][] rows, int column) {
    boolean isAmongMany = column < rows[0].length / COLUMNS_AT_ONCE * COLUMNS_AT_ONCE;
    int last = isAmongMany || rows.length <= 4 ? 0 : 3;
    float sum = rows[0][column];
    for (int row = 1 + last; row < rows.length; row++) {
      sum += rows[row][column];
    }
    for (int row = 1; row <= last; row++) {
      sum += rows[row][column];
    }
    return sum;
  }

  private static DMatrixRMaj matrix(float[][] columns) {
    DMatrixRMaj matrix = new DMatrixRMaj(columns[0].length, columns.length);
    for (int j = 0; j < columns.length; j++) {
      for (int i = 0; i < columns[j].length; i++) {
        matrix.set(i, j, columns[j][i]);
      }
    }
    return matrix;
  }
}
