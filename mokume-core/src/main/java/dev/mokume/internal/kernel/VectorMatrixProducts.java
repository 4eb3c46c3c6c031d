package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// [ScalarMatrixProducts] with the sums of four vectors of columns in registers.
final class VectorMatrixProducts extends ScalarMatrixProducts {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final int WIDTH = FLOATS.length();
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

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
    int i = 0;
    for (; i <= count - 4 * WIDTH; i += 4 * WIDTH) {
      fourVectors(left, row * rank, rank, right, columns, column + i, out, at + i);
    }
    if (i < count && i > 0) {
      // Once more over some columns, which gives the same sums.
      i = count - 4 * WIDTH;
      fourVectors(left, row * rank, rank, right, columns, column + i, out, at + i);
    } else if (i < count) {
      super.row(left, row, rank, right, columns, column, out, at, count);
    }
  }

  private static void fourVectors(
      MemorySegment left,
      long first,
      int rank,
      MemorySegment right,
      long columns,
      long column,
      float[] out,
      int at) {
    float factor = left.getAtIndex(FLOAT, first);
    long from = column;
    FloatVector a = load(right, from).mul(factor);
    FloatVector b = load(right, from + WIDTH).mul(factor);
    FloatVector c = load(right, from + 2 * WIDTH).mul(factor);
    FloatVector d = load(right, from + 3 * WIDTH).mul(factor);
    for (int r = 1; r < rank; r++) {
      factor = left.getAtIndex(FLOAT, first + r);
      from += columns;
      a = a.add(load(right, from).mul(factor));
      b = b.add(load(right, from + WIDTH).mul(factor));
      c = c.add(load(right, from + 2 * WIDTH).mul(factor));
      d = d.add(load(right, from + 3 * WIDTH).mul(factor));
    }
    a.intoArray(out, at);
    b.intoArray(out, at + WIDTH);
    c.intoArray(out, at + 2 * WIDTH);
    d.intoArray(out, at + 3 * WIDTH);
  }

  private static FloatVector load(MemorySegment matrix, long element) {
    return FloatVector.fromMemorySegment(FLOATS, matrix, element * Float.BYTES, ORDER);
  }
}
