package dev.mokume.checkpoint;

import java.lang.foreign.MemorySegment;

/// The bytes of a tensor with its rows in order, read from one that has them otherwise.
final class ReorderedSource implements ByteSource {
  private final StoredTensor tensor;
  private final RowPieces pieces;

  /// @param tensor as it is stored, of at least one row
  ReorderedSource(StoredTensor tensor, RowOrder order) {
    this.tensor = tensor;
    this.pieces = new RowPieces(order, tensor.length() / tensor.spec().shape().dimension(0));
  }

  @Override
  public String name() {
    return tensor.source().name();
  }

  @Override
  public long size() {
    return tensor.length();
  }

  @Override
  public void read(long offset, MemorySegment into) {
    pieces.each(offset, into, (at, part) -> tensor.source().read(tensor.offset() + at, part));
  }

  @Override
  public void verifyUnchanged() {
    tensor.source().verifyUnchanged();
  }

  /// The tensor's source is its owner's to close.
  @Override
  public void close() {}
}
