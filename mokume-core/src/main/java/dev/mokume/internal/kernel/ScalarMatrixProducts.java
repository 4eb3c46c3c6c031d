package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Row by row of the right matrix, so that its elements are read in the order in which they lie.
class ScalarMatrixProducts implements MatrixProducts {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  @Override
  public void row(
      MemorySegment left,
      long row,
      int rank,
      MemorySegment right,
      long columns,
      long column,
      float[] out,
      int at,
      int count) {
    float factor = left.getAtIndex(FLOAT, row * rank);
    for (int i = 0; i < count; i++) {
      out[at + i] = factor * right.getAtIndex(FLOAT, column + i);
    }
    for (int r = 1; r < rank; r++) {
      factor = left.getAtIndex(FLOAT, row * rank + r);
      long from = r * columns + column;
      for (int i = 0; i < count; i++) {
        out[at + i] += factor * right.getAtIndex(FLOAT, from + i);
      }
    }
  }
}
