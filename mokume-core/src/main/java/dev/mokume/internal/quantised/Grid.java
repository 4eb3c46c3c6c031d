package dev.mokume.internal.quantised;

import dev.mokume.tensor.Shape;
import java.util.Optional;

/// Which elements of a matrix share a scale: blocks of `blockRows x blockColumns`, row by row.
/// Blocks at the right and lower edge may be cut off.
///
/// @param columns of the matrix
/// @param gridColumns blocks that a row of the matrix goes through
/// @param count of scales
record Grid(long columns, long blockRows, long blockColumns, long gridColumns, long count) {
  /// The side of DeepSeek's blocks.
  private static final long BLOCK = 128;

  /// More scales than any matrix has that a computer could hold, unless they are one a few
  /// elements.
  private static final long MOST = 1 << 22;

  /// One scale for everything.
  static Grid one(Shape weight) {
    long elements = Math.max(1, weight.elementCount());
    return new Grid(elements, 1, elements, 1, 1);
  }

  /// The grid that scales of that shape make for a weight; nothing if it is not known which scale
  /// is whose.
  static Optional<Grid> of(Shape weight, Shape scales) {
    long count = scales.elementCount();
    if (count == 1) {
      return Optional.of(one(weight));
    }
    if (weight.rank() != 2 || count == 0 || count > MOST) {
      return Optional.empty();
    }
    long rows = weight.dimension(0);
    long columns = weight.dimension(1);
    boolean isByRow =
        scales.dimension(0) == rows
            && (scales.rank() == 1 || scales.rank() == 2 && scales.dimension(1) == 1);
    if (isByRow) {
      return Optional.of(new Grid(columns, 1, columns, 1, count));
    }
    if (scales.rank() != 2) {
      return Optional.empty();
    }
    long down = scales.dimension(0);
    long across = scales.dimension(1);
    if (down == blocks(rows) && across == blocks(columns)) {
      return Optional.of(new Grid(columns, BLOCK, BLOCK, across, count));
    }
    return rows % down == 0 && columns % across == 0
        ? Optional.of(new Grid(columns, rows / down, columns / across, across, count))
        : Optional.empty();
  }

  private static long blocks(long elements) {
    return (elements + BLOCK - 1) / BLOCK;
  }

  /// The index of an element's scale.
  int scale(long element) {
    long row = element / columns;
    return (int) (row / blockRows * gridColumns + element % columns / blockColumns);
  }

  /// How many elements from `element` on have its scale and lie in its row, at least 1.
  long run(long element) {
    long column = element % columns;
    return Math.min(blockColumns - column % blockColumns, columns - column);
  }

  /// `one scale`, `one scale a row`, or `one scale for 128 x 128`.
  String words() {
    if (count == 1) {
      return "one scale each";
    }
    return blockColumns == columns && blockRows == 1
        ? "one scale a row"
        : "one scale for %s x %s".formatted(blockRows, blockColumns);
  }
}
