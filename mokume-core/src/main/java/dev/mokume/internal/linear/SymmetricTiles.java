package dev.mokume.internal.linear;

import dev.mokume.internal.kernel.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.decomposition.TriangularSolver_DDRM;
import org.ejml.dense.row.decomposition.chol.CholeskyDecompositionInner_DDRM;

/// A symmetric matrix of f64 numbers, half of it: the square tiles on and below the diagonal, in
/// native memory. [#factor] makes its Cholesky factor of it in the same place. Belongs to one
/// thread.
///
/// Tiles at the right and lower edge are as large as the others, and 1 on the diagonal and 0 beside
/// it beyond the matrix, so that they factor with it and change nothing.
final class SymmetricTiles {
  /// Rows and columns of a tile.
  static final int EDGE = 128;

  static final int TILE_ELEMENTS = EDGE * EDGE;
  private static final long TILE_BYTES = (long) TILE_ELEMENTS * Double.BYTES;

  /// A pivot that is no more than this share of its diagonal for each row is what f64 rounding
  /// leaves of nothing.
  private static final double NOTHING = 0x1p-52;

  private final int size;
  private final MemorySegment memory;
  private final Kernels kernels;
  private final LongConsumer between;
  private final double[] left = new double[TILE_ELEMENTS];
  private final double[] right = new double[TILE_ELEMENTS];
  private final double[] sum = new double[TILE_ELEMENTS];

  /// All zeros.
  ///
  /// @param memory of [#bytes]
  /// @param between called between tiles of the matrix's factor, and of a solution, with the number
  ///   of products of tiles that come next
  SymmetricTiles(int size, MemorySegment memory, Kernels kernels, LongConsumer between) {
    this.size = size;
    this.memory = memory.asSlice(0, bytes(size));
    this.kernels = kernels;
    this.between = between;
    this.memory.fill((byte) 0);
    int beyond = size - (across() - 1) * EDGE;
    if (beyond < EDGE) {
      read(across() - 1, across() - 1, sum);
      for (int i = beyond; i < EDGE; i++) {
        sum[i * EDGE + i] = 1;
      }
      write(across() - 1, across() - 1, sum);
    }
  }

  /// Bytes of a matrix of so many rows.
  static long bytes(int size) {
    long across = Math.ceilDiv(size, EDGE);
    return across * (across + 1) / 2 * TILE_BYTES;
  }

  /// Tiles in the last row of them.
  int across() {
    return Math.ceilDiv(size, EDGE);
  }

  private static long offset(int row, int column) {
    return ((long) row * (row + 1) / 2 + column) * TILE_BYTES;
  }

  private void read(int row, int column, double[] tile) {
    MemorySegment.copy(
        memory, ValueLayout.JAVA_DOUBLE, offset(row, column), tile, 0, TILE_ELEMENTS);
  }

  private void write(int row, int column, double[] tile) {
    MemorySegment.copy(
        tile, 0, memory, ValueLayout.JAVA_DOUBLE, offset(row, column), TILE_ELEMENTS);
  }

  /// Adds a tile, which counts for the one across the diagonal too.
  ///
  /// @param column at most `row`
  void add(int row, int column, double[] tile) {
    read(row, column, sum);
    for (int i = 0; i < TILE_ELEMENTS; i++) {
      sum[i] += tile[i];
    }
    write(row, column, sum);
  }

  /// The number of the diagonal in that row.
  double diagonal(int row) {
    int inTile = row % EDGE;
    return memory.get(
        ValueLayout.JAVA_DOUBLE,
        offset(row / EDGE, row / EDGE) + (long) Double.BYTES * (inTile * EDGE + inTile));
  }

  /// Makes `L` of the matrix `A = L L'`, but for its tiles on the diagonal, of which only the
  /// inverse is needed.
  ///
  /// @return false if the matrix has no inverse, as far as f64 can tell
  boolean factor() {
    double[] diagonal = new double[EDGE];
    for (int column = 0; column < across(); column++) {
      for (int row = column; row < across(); row++) {
        between.accept(row > column ? column + 1 : column);
        read(row, column, sum);
        for (int i = 0; row == column && i < EDGE; i++) {
          diagonal[i] = sum[i * EDGE + i];
        }
        for (int k = 0; k < column; k++) {
          read(row, k, left);
          readTurned(column, k, -1, right);
          kernels.fusedProducts().addProduct(left, EDGE, right, sum, EDGE, EDGE, EDGE);
        }
        if (row > column) {
          readTurned(column, column, 1, right);
          Arrays.fill(left, 0);
          kernels.fusedProducts().addProduct(sum, EDGE, right, left, EDGE, EDGE, EDGE);
          write(row, column, left);
        } else if (invert(diagonal)) {
          write(row, column, sum);
        } else {
          return false;
        }
      }
    }
    return true;
  }

  /// Makes the inverse of the Cholesky factor of `sum`.
  private boolean invert(double[] diagonal) {
    DMatrixRMaj tile = DMatrixRMaj.wrap(EDGE, EDGE, sum);
    if (!new CholeskyDecompositionInner_DDRM(true).decompose(tile)) {
      return false;
    }
    for (int i = 0; i < EDGE; i++) {
      double pivot = sum[i * EDGE + i];
      if (!(pivot * pivot > NOTHING * size * diagonal[i])) {
        return false;
      }
      Arrays.fill(sum, i * EDGE + i + 1, (i + 1) * EDGE, 0);
    }
    TriangularSolver_DDRM.invertLower(sum, EDGE);
    return true;
  }

  private void readTurned(int row, int column, int sign, double[] into) {
    read(row, column, into);
    for (int i = 0; i < EDGE; i++) {
      into[i * EDGE + i] *= sign;
      for (int j = 0; j < i; j++) {
        double below = into[i * EDGE + j];
        into[i * EDGE + j] = sign * into[j * EDGE + i];
        into[j * EDGE + i] = sign * below;
      }
    }
  }

  private void readNegative(int row, int column, double[] into) {
    read(row, column, into);
    for (int i = 0; i < TILE_ELEMENTS; i++) {
      into[i] = -into[i];
    }
  }

  /// Makes rows `x` of rows `r`, so that `x A = r`; after [#factor].
  void solve(TileRows rows) {
    int last = across() - 1;
    for (int column = 0; column <= last; column++) {
      between.accept((long) (column + 1) * rows.tileRows());
      for (int k = 0; k < column; k++) {
        readTurned(column, k, -1, right);
        rows.addProduct(k, right, column, kernels);
      }
      readTurned(column, column, 1, right);
      rows.multiply(column, right, kernels);
    }
    for (int column = last; column >= 0; column--) {
      between.accept((long) (last - column + 1) * rows.tileRows());
      for (int k = last; k > column; k--) {
        readNegative(k, column, right);
        rows.addProduct(k, right, column, kernels);
      }
      read(column, column, right);
      rows.multiply(column, right, kernels);
    }
  }
}
