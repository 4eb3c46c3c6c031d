package dev.mokume.lora;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What an adapter makes of one parameter W of a module. Where a formula has `s`, that is the
/// strength with which the adapter is applied.
///
/// Sources: the papers of each, LyCORIS and PEFT, which write these files, and ComfyUI, which reads
/// them.
public sealed interface Change {
  /// `W + s * scale * up * down`; with `mid`, the core of a convolution, `down` is first multiplied
  /// into that. LoRA, LoCon.
  ///
  /// @param up `[out, rank]`, ones behind it
  /// @param down `[rank, in]`, or `[rank, in, height, width]`
  /// @param mid `[rank, rank, height, width]`
  /// @param scale alpha divided by the rank; 1 where the file says no alpha
  /// @param transposed whether W has rows for columns of what the product gives
  record LowRank(
      StoredTensor up,
      StoredTensor down,
      Optional<StoredTensor> mid,
      double scale,
      boolean transposed)
      implements Change {
    public long rank() {
      return first(down);
    }

    @Override
    public boolean fits(long rows, long columns, Shape shape) {
      long width = rest(down) * mid.map(core -> rest(core) / rank()).orElse(1L);
      return transposed
          ? first(up) == columns && width == rows
          : first(up) == rows && width == columns;
    }

    @Override
    public List<StoredTensor> tensors() {
      return Stream.concat(Stream.of(up, down), mid.stream()).toList();
    }
  }

  /// `W + s * scale * (first ∘ second)`, element by element the product of two low-rank matrices.
  /// LoHa.
  record Hadamard(Factored first, Factored second, double scale) implements Change {
    @Override
    public boolean fits(long rows, long columns, Shape shape) {
      return first.rows() == rows && first.columns() == columns;
    }

    @Override
    public List<StoredTensor> tensors() {
      return Stream.concat(first.tensors().stream(), second.tensors().stream()).toList();
    }
  }

  /// `W + s * scale * (left ⊗ right)`: every element of `left` times all of `right`. LoKr.
  record Kronecker(Factored left, Factored right, double scale) implements Change {
    @Override
    public boolean fits(long rows, long columns, Shape shape) {
      return left.rows() * right.rows() == rows && left.columns() * right.columns() == columns;
    }

    @Override
    public List<StoredTensor> tensors() {
      return Stream.concat(left.tensors().stream(), right.tensors().stream()).toList();
    }
  }

  /// `W + s * scale * (W * a + b)`, both low-rank: `a` acts on what comes in. GLoRA.
  ///
  /// @param a its first matrix is `[in, rank]`, its second `[rank, in]`
  /// @param b `[out, rank]` and `[rank, in...]`
  /// @param flat whether `a` acts on all of a row, positions of a convolution included
  record Generalised(Factored a, Factored b, double scale, boolean flat) implements Change {
    @Override
    public boolean fits(long rows, long columns, Shape shape) {
      long channels = flat || shape.rank() < 2 ? columns : shape.dimension(1);
      return b.rows() == rows && b.columns() == columns && a.rows() == channels;
    }

    @Override
    public List<StoredTensor> tensors() {
      return Stream.concat(a.tensors().stream(), b.tensors().stream()).toList();
    }
  }

  /// `R * W`, R a rotation that is made of blocks; at another strength than 1 each block is `s * R
  /// + (1 - s) * I`. With `rescale` each row is then multiplied by a number of its own. OFT, and
  ///   BOFT, whose blocks have several stages.
  ///
  /// @param blocks `[blocks, size, size]`, or `[stages, blocks, size, size]`
  /// @param constraint the file's alpha: times the rows, the largest norm that the blocks may have;
  ///   0 for none
  record Rotation(StoredTensor blocks, Optional<StoredTensor> rescale, double constraint)
      implements Change {
    public boolean isButterfly() {
      return blocks.spec().shape().rank() == 4;
    }

    public int stages() {
      return isButterfly() ? Math.toIntExact(first(blocks)) : 1;
    }

    public long size() {
      Shape shape = blocks.spec().shape();
      return shape.dimension(shape.rank() - 1);
    }

    public long rows() {
      return blocks.spec().elementCount() / stages() / size();
    }

    @Override
    public boolean fits(long rows, long columns, Shape shape) {
      // The last stage of a butterfly shuffles the most rows together.
      long together = isButterfly() ? (size() / 2) << stages() : size();
      return rows() == rows && rows % together == 0;
    }

    @Override
    public List<StoredTensor> tensors() {
      return Stream.concat(Stream.of(blocks), rescale.stream()).toList();
    }
  }

  /// What `change` makes of W at strength 1, each row (or each column) brought to the length that
  /// `magnitude` says; at another strength that and W are interpolated. DoRA.
  ///
  /// @param ofRows whether the lengths are of rows whatever their shape, as PEFT has them
  record Decomposed(Change change, StoredTensor magnitude, boolean ofRows) implements Change {
    @Override
    public boolean fits(long rows, long columns, Shape shape) {
      return change.fits(rows, columns, shape) && (isByRow(rows) || isByColumn(shape));
    }

    /// Whether each row has a length, else each column.
    public boolean isByRow(long rows) {
      return magnitude.spec().elementCount() == rows && (ofRows || first(magnitude) == rows);
    }

    private boolean isByColumn(Shape shape) {
      return shape.rank() >= 2 && magnitude.spec().elementCount() == shape.dimension(1);
    }

    @Override
    public List<StoredTensor> tensors() {
      return Stream.concat(change.tensors().stream(), Stream.of(magnitude)).toList();
    }
  }

  /// `W + s * difference`.
  record Difference(StoredTensor difference) implements Change {
    @Override
    public boolean fits(long rows, long columns, Shape shape) {
      return difference.spec().elementCount() == rows * columns;
    }

    @Override
    public List<StoredTensor> tensors() {
      return List.of(difference);
    }
  }

  /// `value`, whatever W and the strength are, unless that is 0.
  record Replacement(StoredTensor value) implements Change {
    @Override
    public boolean fits(long rows, long columns, Shape shape) {
      return value.spec().elementCount() == rows * columns;
    }

    @Override
    public List<StoredTensor> tensors() {
      return List.of(value);
    }
  }

  /// A matrix as it is stored, or as the product of two, with the core of a Tucker decomposition
  /// between them or without.
  ///
  /// @param left the matrix itself if there is no `right`; with a core `[rank, rows]`, else `[rows,
  ///   rank]`
  /// @param right `[rank, columns]`
  /// @param core `[rank, rank, height, width]`
  record Factored(StoredTensor left, Optional<StoredTensor> right, Optional<StoredTensor> core) {
    static Factored whole(StoredTensor matrix) {
      return new Factored(matrix, Optional.empty(), Optional.empty());
    }

    static Factored product(StoredTensor left, StoredTensor right) {
      return new Factored(left, Optional.of(right), Optional.empty());
    }

    public long rank() {
      return right.map(Change::first).orElse(0L);
    }

    public long rows() {
      return core.isPresent() ? rest(left) : first(left);
    }

    public long columns() {
      return right.map(Change::rest).orElse(rest(left)) * inner();
    }

    /// Positions of a convolution that the core has.
    public long inner() {
      return core.map(tensor -> rest(tensor) / tensor.spec().shape().dimension(1)).orElse(1L);
    }

    List<StoredTensor> tensors() {
      return Stream.of(Stream.of(left), right.stream(), core.stream())
          .flatMap(tensors -> tensors)
          .toList();
    }

    /// Whether the two, and the core, fit each other.
    boolean fits() {
      if (right.isEmpty()) {
        return true;
      }
      long rank = rank();
      return core.map(
              tensor -> first(left) == first(tensor) && rank == tensor.spec().shape().dimension(1))
          .orElse(rest(left) == rank);
    }
  }

  /// Whether it can change a parameter of so many rows and columns.
  ///
  /// @param columns elements of a row, whatever dimensions it has
  /// @param shape of the tensor that the rows are of
  boolean fits(long rows, long columns, Shape shape);

  /// The tensors of the file that it is made of.
  List<StoredTensor> tensors();

  /// The first dimension of a tensor that has at least one.
  static long first(StoredTensor tensor) {
    return tensor.spec().shape().dimension(0);
  }

  /// The product of all dimensions but the first.
  static long rest(StoredTensor tensor) {
    return tensor.spec().elementCount() / Math.max(1, first(tensor));
  }
}
