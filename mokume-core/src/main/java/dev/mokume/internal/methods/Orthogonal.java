package dev.mokume.internal.methods;

import java.util.Arrays;
import java.util.Comparator;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.ejml.dense.row.decomposition.qr.QRDecompositionHouseholderColumn_DDRM;
import org.ejml.dense.row.decomposition.svd.SvdImplicitQrDecompose_DDRM;

/// Logarithms and powers of rotations, and what they are made of. f64, one thread.
final class Orthogonal {
  /// Of the Taylor series of the exponential, for matrices of a norm of at most 1/16.
  private static final int TERMS = 14;

  /// A rotation this near to the identity has a logarithm whose series ends soon.
  private static final double NEAR = 0.05;

  private static final int MOST_ROOTS = 60;
  private static final int MOST_STEPS = 60;

  private Orthogonal() {}

  /// The product `a b`.
  static DMatrixRMaj times(DMatrixRMaj a, DMatrixRMaj b) {
    DMatrixRMaj product = new DMatrixRMaj(a.numRows, b.numCols);
    CommonOps_DDRM.mult(a, b, product);
    return product;
  }

  /// The product `a' b`.
  static DMatrixRMaj transposedTimes(DMatrixRMaj a, DMatrixRMaj b) {
    DMatrixRMaj product = new DMatrixRMaj(a.numCols, b.numCols);
    CommonOps_DDRM.multTransA(a, b, product);
    return product;
  }

  /// The product `a b'`.
  static DMatrixRMaj timesTransposed(DMatrixRMaj a, DMatrixRMaj b) {
    DMatrixRMaj product = new DMatrixRMaj(a.numRows, b.numRows);
    CommonOps_DDRM.multTransB(a, b, product);
    return product;
  }

  /// `m = left diag(values) right'`, greatest value first.
  record Svd(DMatrixRMaj left, double[] values, DMatrixRMaj right) {
    static Svd of(DMatrixRMaj square) {
      SvdImplicitQrDecompose_DDRM decomposition =
          new SvdImplicitQrDecompose_DDRM(true, true, true, false);
      if (!decomposition.decompose(square.copy())) {
        throw new IllegalStateException("the singular values diverge");
      }
      DMatrixRMaj left = decomposition.getU(null, false);
      DMatrixRMaj right = decomposition.getV(null, false);
      double[] values = decomposition.getSingularValues();
      int count = decomposition.numberOfSingularValues();
      Integer[] order = new Integer[count];
      Arrays.setAll(order, i -> i);
      Arrays.sort(order, Comparator.comparingDouble(i -> -values[i]));
      double[] sorted = new double[count];
      DMatrixRMaj sortedLeft = new DMatrixRMaj(left.numRows, count);
      DMatrixRMaj sortedRight = new DMatrixRMaj(right.numRows, count);
      for (int i = 0; i < count; i++) {
        sorted[i] = values[order[i]];
        CommonOps_DDRM.extract(left, 0, left.numRows, order[i], order[i] + 1, sortedLeft, 0, i);
        CommonOps_DDRM.extract(right, 0, right.numRows, order[i], order[i] + 1, sortedRight, 0, i);
      }
      return new Svd(sortedLeft, sorted, sortedRight);
    }
  }

  /// `m = q r`, the diagonal of r not negative.
  record Qr(DMatrixRMaj q, DMatrixRMaj r) {
    static Qr of(DMatrixRMaj tall) {
      QRDecompositionHouseholderColumn_DDRM decomposition = decomposed(tall);
      DMatrixRMaj q = decomposition.getQ(null, true);
      DMatrixRMaj r = decomposition.getR(null, true);
      for (int i = 0; i < r.numRows; i++) {
        if (r.get(i, i) < 0) {
          for (int row = 0; row < q.numRows; row++) {
            q.set(row, i, -q.get(row, i));
          }
          for (int column = 0; column < r.numCols; column++) {
            r.set(i, column, -r.get(i, column));
          }
        }
      }
      return new Qr(q, r);
    }

    private static QRDecompositionHouseholderColumn_DDRM decomposed(DMatrixRMaj tall) {
      QRDecompositionHouseholderColumn_DDRM decomposition =
          new QRDecompositionHouseholderColumn_DDRM();
      // It says no of a column that depends on those before it, and goes on all the same.
      decomposition.decompose(tall.copy());
      return decomposition;
    }
  }

  /// Orthonormal columns at right angles to those, as many as make a square matrix with them.
  ///
  /// @param columns orthonormal
  static DMatrixRMaj complement(DMatrixRMaj columns) {
    DMatrixRMaj all = Qr.decomposed(columns).getQ(null, false);
    return CommonOps_DDRM.extract(all, 0, all.numRows, columns.numCols, all.numCols);
  }

  /// `e^m`: by squaring a Taylor series.
  static DMatrixRMaj exponential(DMatrixRMaj m) {
    double norm = NormOps_DDRM.normF(m);
    int squarings = Math.max(0, Math.getExponent(norm) + 5);
    DMatrixRMaj small = m.copy();
    CommonOps_DDRM.scale(StrictMath.pow(2, -squarings), small);
    DMatrixRMaj sum = CommonOps_DDRM.identity(m.numRows);
    DMatrixRMaj term = CommonOps_DDRM.identity(m.numRows);
    for (int k = 1; k <= TERMS; k++) {
      term = times(term, small);
      CommonOps_DDRM.scale(1.0 / k, term);
      CommonOps_DDRM.addEquals(sum, term);
    }
    for (int i = 0; i < squarings; i++) {
      sum = times(sum, sum);
    }
    return sum;
  }

  /// The principal logarithm of a rotation, which is skew: square roots until it is near the
  /// identity, there the series of the inverse hyperbolic tangent.
  ///
  /// @throws ArithmeticException if it turns something by half a circle, of which there is no one
  ///   half
  static DMatrixRMaj logarithm(DMatrixRMaj rotation) {
    int size = rotation.numRows;
    DMatrixRMaj identity = CommonOps_DDRM.identity(size);
    DMatrixRMaj root = rotation;
    int roots = 0;
    while (away(root) > NEAR) {
      if (++roots > MOST_ROOTS) {
        throw new ArithmeticException("a rotation has no logarithm");
      }
      DMatrixRMaj halfWay = root.copy();
      CommonOps_DDRM.addEquals(halfWay, identity);
      root = nearestOrthogonal(halfWay);
    }
    DMatrixRMaj above = root.copy();
    CommonOps_DDRM.subtractEquals(above, identity);
    DMatrixRMaj below = root.copy();
    CommonOps_DDRM.addEquals(below, identity);
    DMatrixRMaj inverse = new DMatrixRMaj(size, size);
    CommonOps_DDRM.invert(below, inverse);
    DMatrixRMaj ratio = times(above, inverse);
    DMatrixRMaj square = times(ratio, ratio);
    DMatrixRMaj power = ratio.copy();
    DMatrixRMaj sum = ratio.copy();
    for (int k = 3; k < 2 * TERMS; k += 2) {
      power = times(power, square);
      CommonOps_DDRM.addEquals(sum, 1.0 / k, power);
    }
    CommonOps_DDRM.scale(2 * StrictMath.pow(2, roots), sum);
    return sum;
  }

  private static double away(DMatrixRMaj rotation) {
    double most = 0;
    for (int row = 0; row < rotation.numRows; row++) {
      for (int column = 0; column < rotation.numCols; column++) {
        most = Math.max(most, Math.abs(rotation.get(row, column) - (row == column ? 1 : 0)));
      }
    }
    return most;
  }

  /// By Newton's iteration, which takes the mean with the transposed inverse.
  private static DMatrixRMaj nearestOrthogonal(DMatrixRMaj matrix) {
    int size = matrix.numRows;
    DMatrixRMaj x = matrix;
    for (int step = 0; step < MOST_STEPS; step++) {
      DMatrixRMaj inverse = new DMatrixRMaj(size, size);
      if (!CommonOps_DDRM.invert(x, inverse) || !Double.isFinite(NormOps_DDRM.normF(inverse))) {
        throw new ArithmeticException("a rotation turns something by half a circle");
      }
      double factor = Math.sqrt(NormOps_DDRM.normF(inverse) / NormOps_DDRM.normF(x));
      CommonOps_DDRM.transpose(inverse);
      DMatrixRMaj next = new DMatrixRMaj(size, size);
      CommonOps_DDRM.add(factor / 2, x, 1 / (2 * factor), inverse, next);
      DMatrixRMaj change = next.copy();
      CommonOps_DDRM.subtractEquals(change, x);
      x = next;
      if (NormOps_DDRM.normF(change) <= 1e-14 * size) {
        break;
      }
    }
    return x;
  }

  /// A power of a rotation.
  static DMatrixRMaj power(DMatrixRMaj rotation, double exponent) {
    DMatrixRMaj logarithm = logarithm(rotation);
    CommonOps_DDRM.scale(exponent, logarithm);
    return exponential(logarithm);
  }
}
