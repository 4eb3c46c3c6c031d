package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// Products with a skinny matrix: few columns on the left, as many rows on the right. Matrices are
/// f32, row by row, in the machine's byte order.
public interface MatrixProducts {
  /// A stretch of one row of `left * right`: `out[at + i]` is the sum over r of `left[row, r] *
  /// right[r, column + i]`, for i in `[0, count)`.
  ///
  /// The sum begins with the product at r = 0 and goes up to `rank - 1`; every product and every
  /// sum is rounded, never fused.
  ///
  /// @param rank columns of `left` and rows of `right`, at least 1
  /// @param columns of `right`
  void row(
      MemorySegment left,
      long row,
      int rank,
      MemorySegment right,
      long columns,
      long column,
      float[] out,
      int at,
      int count);
}
