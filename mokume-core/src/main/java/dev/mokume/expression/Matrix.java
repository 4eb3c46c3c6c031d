package dev.mokume.expression;

import dev.mokume.checkpoint.StoredTensor;
import java.util.List;
import java.util.stream.Stream;

/// A small matrix of f32 numbers that is held in memory while a tensor is computed: a factor of an
/// adapter, or what is made of a few of them before the first element is.
///
/// Sums go up the shared index and begin with its first product; every product and sum is rounded
/// to f32. Matrices are compared by value.
public sealed interface Matrix {
  long rows();

  long columns();

  /// The stored tensors that it is made of.
  List<StoredTensor> tensors();

  /// A tensor whose elements, in the order of storage, are read as so many rows and columns.
  record Stored(StoredTensor tensor, long rows, long columns) implements Matrix {
    public Stored {
      if (Math.multiplyExact(rows, columns) != tensor.spec().elementCount()) {
        throw new IllegalArgumentException(
            tensor.spec() + " does not have " + rows + " x " + columns + " elements");
      }
    }

    @Override
    public List<StoredTensor> tensors() {
      return List.of(tensor);
    }
  }

  /// Rows for columns.
  record Transposed(Matrix of) implements Matrix {
    @Override
    public long rows() {
      return of.columns();
    }

    @Override
    public long columns() {
      return of.rows();
    }

    @Override
    public List<StoredTensor> tensors() {
      return of.tensors();
    }
  }

  /// The matrix product of two.
  record Times(Matrix a, Matrix b) implements Matrix {
    public Times {
      requireShared(a.columns(), b.rows());
    }

    @Override
    public long rows() {
      return a.rows();
    }

    @Override
    public long columns() {
      return b.columns();
    }

    @Override
    public List<StoredTensor> tensors() {
      return both(a, b);
    }
  }

  /// The core of a Tucker decomposition with one of its factors multiplied in. `core` holds `[i, j,
  /// k]` in row i and column `j * inner + k`, `factor` is `[j, r]`; row i and column `r * inner +
  /// k` of the result is the sum over j of `core[i, j, k] * factor[j, r]`.
  record Contracted(Matrix core, Matrix factor, long inner) implements Matrix {
    public Contracted {
      requireShared(core.columns(), Math.multiplyExact(factor.rows(), inner));
    }

    @Override
    public long rows() {
      return core.rows();
    }

    @Override
    public long columns() {
      return factor.columns() * inner;
    }

    @Override
    public List<StoredTensor> tensors() {
      return both(core, factor);
    }
  }

  /// Rotations by Cayley's transform, one block under the other: of each block B of `size x size`
  /// numbers, `Q = B - B'` in f32, scaled down to a norm of `limit` if that of all Q is more, gives
  /// `R = (I + Q) (I - Q)^-1` in f64, rounded once; then `share * R + (1 - share) * I` in f32.
  ///
  /// @param tensor whose last two dimensions are `size`: `[blocks, size, size]`, or `[stages,
  ///   blocks, size, size]`, of which the norm is taken over all stages
  /// @param stage which stage's blocks are wanted
  /// @param stages how many there are
  /// @param limit of the norm; 0 for none
  /// @param transposed whether each block has rows for columns
  record Rotations(
      StoredTensor tensor,
      int stage,
      int stages,
      long size,
      double limit,
      double share,
      boolean transposed)
      implements Matrix {
    public Rotations {
      long perStage = size * size * stages;
      if (stage < 0
          || stage >= stages
          || perStage <= 0
          || tensor.spec().elementCount() % perStage != 0) {
        throw new IllegalArgumentException(
            tensor.spec() + " has no stage " + stage + " of blocks of " + size);
      }
    }

    @Override
    public long rows() {
      return tensor.spec().elementCount() / stages / size;
    }

    @Override
    public long columns() {
      return size;
    }

    @Override
    public List<StoredTensor> tensors() {
      return List.of(tensor);
    }
  }

  private static void requireShared(long columns, long rows) {
    if (columns != rows) {
      throw new IllegalArgumentException(
          columns + " columns do not meet " + rows + " rows in a product");
    }
  }

  private static List<StoredTensor> both(Matrix a, Matrix b) {
    return Stream.concat(a.tensors().stream(), b.tensors().stream()).toList();
  }
}
