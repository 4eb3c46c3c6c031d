package dev.mokume.checkpoint;

import java.lang.foreign.MemorySegment;

/// Goes through a stretch of a tensor's bytes row by row, each where the file has it.
record RowPieces(RowOrder order, long rowBytes) {
  /// What is done with a part of one row.
  @FunctionalInterface
  interface Action {
    /// @param offset in the tensor as the file has it
    void with(long offset, MemorySegment part);
  }

  /// @param offset of `bytes` in the tensor with its rows in order
  void each(long offset, MemorySegment bytes, Action action) {
    for (long done = 0; done < bytes.byteSize(); ) {
      long at = offset + done;
      long inRow = at % rowBytes;
      long length = Math.min(rowBytes - inRow, bytes.byteSize() - done);
      action.with(order.place(at / rowBytes) * rowBytes + inRow, bytes.asSlice(done, length));
      done += length;
    }
  }
}
