package dev.mokume.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The bytes of a matrix with rows for columns.
///
/// A read goes once through the stored rows and takes from each the stretch that it needs, which is
/// no longer than what is read and one element.
final class TransposedSource implements ByteSource {
  private final StoredTensor matrix;
  private final long rows;
  private final long columns;
  private final long width;

  /// @param matrix as it is stored; [StoredTensor#isTransposable]
  TransposedSource(StoredTensor matrix) {
    this.matrix = matrix;
    this.rows = matrix.spec().shape().dimension(0);
    this.columns = matrix.spec().shape().dimension(1);
    this.width = matrix.spec().dtype().packing().bytes();
  }

  @Override
  public String name() {
    return matrix.source().name();
  }

  @Override
  public long size() {
    return matrix.length();
  }

  @Override
  public void read(long offset, MemorySegment into) {
    long end = offset + into.byteSize();
    if (end == offset) {
      return;
    }
    // The stored columns that the read touches: each is a row of the transposed matrix.
    long first = offset / (rows * width);
    long last = (end - 1) / (rows * width);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stretch = arena.allocate((last - first + 1) * width);
      for (long row = 0; row < rows; row++) {
        // The read may begin and end within a transposed row: the columns of which it needs `row`.
        long from = first + ((first * rows + row + 1) * width <= offset ? 1 : 0);
        long to = last - ((last * rows + row) * width >= end ? 1 : 0);
        if (from <= to) {
          MemorySegment read = stretch.asSlice(0, (to - from + 1) * width);
          matrix.source().read(matrix.offset() + (row * columns + from) * width, read);
          scatter(read, from, row, offset, into);
        }
      }
    }
  }

  /// Puts elements of one stored row, from column `from` on, where they belong. The first and the
  /// last element of a read may be there in part only.
  private void scatter(
      MemorySegment elements, long from, long row, long offset, MemorySegment into) {
    for (long at = 0; at < elements.byteSize(); at += width) {
      long there = ((from + at / width) * rows + row) * width - offset;
      long skipped = Math.max(0, -there);
      long kept = Math.min(width, into.byteSize() - there) - skipped;
      MemorySegment.copy(elements, at + skipped, into, there + skipped, kept);
    }
  }

  @Override
  public void verifyUnchanged() {
    matrix.source().verifyUnchanged();
  }

  /// The matrix's source is its owner's to close.
  @Override
  public void close() {}
}
