package dev.mokume.checkpoint;

import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;

/// A tensor whose elements lie contiguously, row-major and little-endian, in a range of a source.
///
/// @param offset of the first byte in `source`
/// @param length in bytes
public record StoredTensor(TensorSpec spec, ByteSource source, long offset, long length) {
  public String name() {
    return spec.name();
  }

  /// Where its bytes lie.
  public ByteRange range() {
    return new ByteRange(source, offset, length);
  }

  /// The same under another name.
  public StoredTensor named(String name) {
    return new StoredTensor(
        new TensorSpec(name, spec.dtype(), spec.shape()), source, offset, length);
  }

  /// The same under another name, with its rows in order.
  ///
  /// @param order in which they are stored; of a tensor of at least one row
  public StoredTensor reordered(String name, RowOrder order) {
    return new StoredTensor(
        new TensorSpec(name, spec.dtype(), spec.shape()),
        new ReorderedSource(this, order),
        0,
        length);
  }

  /// The rows of parts `first` to `first + count - 1` of `parts` equal parts, counted from 0.
  ///
  /// @throws IllegalArgumentException if [#isDivisibleBy] says no
  public StoredTensor rows(String name, int first, int count, int parts) {
    if (!isDivisibleBy(parts)) {
      throw new IllegalArgumentException(spec + " has no " + parts + " equal parts");
    }
    long[] shape = spec.shape().toArray();
    shape[0] = shape[0] / parts * count;
    return new StoredTensor(
        new TensorSpec(name, spec.dtype(), Shape.of(shape)),
        source,
        offset + first * (length / parts),
        count * (length / parts));
  }

  /// The same elements in another shape.
  ///
  /// @throws IllegalArgumentException if that shape has more or fewer elements
  public StoredTensor shaped(String name, Shape shape) {
    if (shape.elementCount() != spec.elementCount()) {
      throw new IllegalArgumentException(spec + " does not have the elements of " + shape);
    }
    return new StoredTensor(new TensorSpec(name, spec.dtype(), shape), source, offset, length);
  }

  /// Whether the rows fall into so many equal parts of whole blocks.
  public boolean isDivisibleBy(int parts) {
    return spec.shape().rank() > 0
        && spec.shape().dimension(0) % parts == 0
        && length % parts == 0
        && spec.dtype().packing().isKnown()
        && spec.dtype().packing().holds(spec.elementCount() / parts);
  }

  /// A matrix with rows for columns. Nothing is read before it is.
  ///
  /// @throws IllegalArgumentException if [#isTransposable] says no
  public StoredTensor transposed(String name) {
    if (!isTransposable()) {
      throw new IllegalArgumentException(spec + " is not a matrix of whole bytes");
    }
    long rows = spec.shape().dimension(0);
    long columns = spec.shape().dimension(1);
    TensorSpec turned = new TensorSpec(name, spec.dtype(), Shape.of(columns, rows));
    return strided(turned, source, offset, 1, columns);
  }

  /// Whether it is a matrix of elements of whole bytes.
  public boolean isTransposable() {
    return spec.shape().rank() == 2 && spec.dtype().bytes().isPresent();
  }

  /// The elements that lie apart in a source, as those of a view of another tensor do: the one of
  /// index i, j, ... is element `i * strides[0] + j * strides[1] + ...` from byte `offset` on.
  /// Nothing is read before it is.
  ///
  /// @param strides in elements, one a dimension, not negative; all elements lie in the source
  /// @throws IllegalArgumentException if an element is not a whole number of bytes, or if there is
  ///   not one stride a dimension
  public static StoredTensor strided(
      TensorSpec spec, ByteSource source, long offset, long... strides) {
    long[] shape = spec.shape().toArray();
    int width =
        spec.dtype()
            .bytes()
            .orElseThrow(() -> new IllegalArgumentException(spec + " is not of whole bytes"));
    if (strides.length != shape.length) {
      throw new IllegalArgumentException(spec + " has " + strides.length + " strides");
    }
    long length = Math.multiplyExact(spec.elementCount(), width);
    if (length == 0 || StridedSource.isContiguous(shape, strides)) {
      return new StoredTensor(spec, source, offset, length);
    }
    ByteSource view = new StridedSource(source, offset, width, shape, strides);
    return new StoredTensor(spec, view, 0, length);
  }

  /// Tensors of one dtype and one shape (but for the number of rows), one under the other. Nothing
  /// is read before it is.
  ///
  /// @throws IllegalArgumentException if they do not fit
  public static StoredTensor joined(String name, List<StoredTensor> parts) {
    DType dtype = parts.getFirst().spec.dtype();
    long[] shape = parts.getFirst().spec.shape().toArray();
    long rows = 0;
    long length = 0;
    for (StoredTensor part : parts) {
      long[] other = part.spec.shape().toArray();
      boolean fits = shape.length > 0 && other.length == shape.length;
      rows = Math.addExact(rows, fits ? other[0] : 0);
      length = Math.addExact(length, part.length);
      if (fits) {
        other[0] = shape[0];
      }
      if (!fits || !Arrays.equals(shape, other) || !dtype.equals(part.spec.dtype())) {
        throw new IllegalArgumentException(
            part.spec + " does not go under " + parts.getFirst().spec);
      }
    }
    shape[0] = rows;
    return new StoredTensor(
        new TensorSpec(name, dtype, Shape.of(shape)), new JoinedSource(parts), 0, length);
  }
}
