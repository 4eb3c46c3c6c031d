package dev.mokume.internal.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// [ScalarFusedProducts] with four rows by two vectors of `c` in registers while `a` and `b` pass
/// by: the sums of one element stay in their order. What is left at the edges is done by plain
/// loops.
final class VectorFusedProducts implements FusedProducts {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
  private static final int ROWS = 4;

  @Override
  public void addProduct(
      float[] a,
      int rowStep,
      int depthStep,
      float[] b,
      float[] c,
      int rows,
      int depth,
      int columns) {
    int width = FLOATS.length();
    int wholeRows = rows - rows % ROWS;
    int pairs = columns - columns % (2 * width);
    int whole = columns - columns % width;
    for (int j = 0; j < pairs; j += 2 * width) {
      for (int i = 0; i < wholeRows; i += ROWS) {
        addPair(a, i * rowStep, rowStep, depthStep, b, j, c, i * columns + j, depth, columns);
      }
    }
    if (pairs < whole) {
      for (int i = 0; i < wholeRows; i += ROWS) {
        addSingle(
            a, i * rowStep, rowStep, depthStep, b, pairs, c, i * columns + pairs, depth, columns);
      }
    }
    if (whole < columns) {
      ScalarFusedProducts.addPart(a, rowStep, depthStep, b, c, 0, wholeRows, depth, columns, whole);
    }
    ScalarFusedProducts.addPart(a, rowStep, depthStep, b, c, wholeRows, rows, depth, columns, 0);
  }

  private static void addPair(
      float[] a,
      int at,
      int rowStep,
      int depthStep,
      float[] b,
      int from,
      float[] c,
      int to,
      int depth,
      int columns) {
    int width = FLOATS.length();
    FloatVector left0 = FloatVector.fromArray(FLOATS, c, to);
    FloatVector right0 = FloatVector.fromArray(FLOATS, c, to + width);
    FloatVector left1 = FloatVector.fromArray(FLOATS, c, to + columns);
    FloatVector right1 = FloatVector.fromArray(FLOATS, c, to + columns + width);
    FloatVector left2 = FloatVector.fromArray(FLOATS, c, to + 2 * columns);
    FloatVector right2 = FloatVector.fromArray(FLOATS, c, to + 2 * columns + width);
    FloatVector left3 = FloatVector.fromArray(FLOATS, c, to + 3 * columns);
    FloatVector right3 = FloatVector.fromArray(FLOATS, c, to + 3 * columns + width);
    int next = at;
    int row = from;
    for (int d = 0; d < depth; d++) {
      FloatVector left = FloatVector.fromArray(FLOATS, b, row);
      FloatVector right = FloatVector.fromArray(FLOATS, b, row + width);
      FloatVector factor0 = FloatVector.broadcast(FLOATS, a[next]);
      left0 = factor0.fma(left, left0);
      right0 = factor0.fma(right, right0);
      FloatVector factor1 = FloatVector.broadcast(FLOATS, a[next + rowStep]);
      left1 = factor1.fma(left, left1);
      right1 = factor1.fma(right, right1);
      FloatVector factor2 = FloatVector.broadcast(FLOATS, a[next + 2 * rowStep]);
      left2 = factor2.fma(left, left2);
      right2 = factor2.fma(right, right2);
      FloatVector factor3 = FloatVector.broadcast(FLOATS, a[next + 3 * rowStep]);
      left3 = factor3.fma(left, left3);
      right3 = factor3.fma(right, right3);
      next += depthStep;
      row += columns;
    }
    left0.intoArray(c, to);
    right0.intoArray(c, to + width);
    left1.intoArray(c, to + columns);
    right1.intoArray(c, to + columns + width);
    left2.intoArray(c, to + 2 * columns);
    right2.intoArray(c, to + 2 * columns + width);
    left3.intoArray(c, to + 3 * columns);
    right3.intoArray(c, to + 3 * columns + width);
  }

  private static void addSingle(
      float[] a,
      int at,
      int rowStep,
      int depthStep,
      float[] b,
      int from,
      float[] c,
      int to,
      int depth,
      int columns) {
    FloatVector sum0 = FloatVector.fromArray(FLOATS, c, to);
    FloatVector sum1 = FloatVector.fromArray(FLOATS, c, to + columns);
    FloatVector sum2 = FloatVector.fromArray(FLOATS, c, to + 2 * columns);
    FloatVector sum3 = FloatVector.fromArray(FLOATS, c, to + 3 * columns);
    int next = at;
    int row = from;
    for (int d = 0; d < depth; d++) {
      FloatVector values = FloatVector.fromArray(FLOATS, b, row);
      sum0 = FloatVector.broadcast(FLOATS, a[next]).fma(values, sum0);
      sum1 = FloatVector.broadcast(FLOATS, a[next + rowStep]).fma(values, sum1);
      sum2 = FloatVector.broadcast(FLOATS, a[next + 2 * rowStep]).fma(values, sum2);
      sum3 = FloatVector.broadcast(FLOATS, a[next + 3 * rowStep]).fma(values, sum3);
      next += depthStep;
      row += columns;
    }
    sum0.intoArray(c, to);
    sum1.intoArray(c, to + columns);
    sum2.intoArray(c, to + 2 * columns);
    sum3.intoArray(c, to + 3 * columns);
  }

  @Override
  public void addProduct(
      double[] a,
      int rowStep,
      int depthStep,
      double[] b,
      double[] c,
      int rows,
      int depth,
      int columns) {
    int width = DOUBLES.length();
    int wholeRows = rows - rows % ROWS;
    int pairs = columns - columns % (2 * width);
    int whole = columns - columns % width;
    for (int j = 0; j < pairs; j += 2 * width) {
      for (int i = 0; i < wholeRows; i += ROWS) {
        addPair(a, i * rowStep, rowStep, depthStep, b, j, c, i * columns + j, depth, columns);
      }
    }
    if (pairs < whole) {
      for (int i = 0; i < wholeRows; i += ROWS) {
        addSingle(
            a, i * rowStep, rowStep, depthStep, b, pairs, c, i * columns + pairs, depth, columns);
      }
    }
    if (whole < columns) {
      ScalarFusedProducts.addPart(a, rowStep, depthStep, b, c, 0, wholeRows, depth, columns, whole);
    }
    ScalarFusedProducts.addPart(a, rowStep, depthStep, b, c, wholeRows, rows, depth, columns, 0);
  }

  private static void addPair(
      double[] a,
      int at,
      int rowStep,
      int depthStep,
      double[] b,
      int from,
      double[] c,
      int to,
      int depth,
      int columns) {
    int width = DOUBLES.length();
    DoubleVector left0 = DoubleVector.fromArray(DOUBLES, c, to);
    DoubleVector right0 = DoubleVector.fromArray(DOUBLES, c, to + width);
    DoubleVector left1 = DoubleVector.fromArray(DOUBLES, c, to + columns);
    DoubleVector right1 = DoubleVector.fromArray(DOUBLES, c, to + columns + width);
    DoubleVector left2 = DoubleVector.fromArray(DOUBLES, c, to + 2 * columns);
    DoubleVector right2 = DoubleVector.fromArray(DOUBLES, c, to + 2 * columns + width);
    DoubleVector left3 = DoubleVector.fromArray(DOUBLES, c, to + 3 * columns);
    DoubleVector right3 = DoubleVector.fromArray(DOUBLES, c, to + 3 * columns + width);
    int next = at;
    int row = from;
    for (int d = 0; d < depth; d++) {
      DoubleVector left = DoubleVector.fromArray(DOUBLES, b, row);
      DoubleVector right = DoubleVector.fromArray(DOUBLES, b, row + width);
      DoubleVector factor0 = DoubleVector.broadcast(DOUBLES, a[next]);
      left0 = factor0.fma(left, left0);
      right0 = factor0.fma(right, right0);
      DoubleVector factor1 = DoubleVector.broadcast(DOUBLES, a[next + rowStep]);
      left1 = factor1.fma(left, left1);
      right1 = factor1.fma(right, right1);
      DoubleVector factor2 = DoubleVector.broadcast(DOUBLES, a[next + 2 * rowStep]);
      left2 = factor2.fma(left, left2);
      right2 = factor2.fma(right, right2);
      DoubleVector factor3 = DoubleVector.broadcast(DOUBLES, a[next + 3 * rowStep]);
      left3 = factor3.fma(left, left3);
      right3 = factor3.fma(right, right3);
      next += depthStep;
      row += columns;
    }
    left0.intoArray(c, to);
    right0.intoArray(c, to + width);
    left1.intoArray(c, to + columns);
    right1.intoArray(c, to + columns + width);
    left2.intoArray(c, to + 2 * columns);
    right2.intoArray(c, to + 2 * columns + width);
    left3.intoArray(c, to + 3 * columns);
    right3.intoArray(c, to + 3 * columns + width);
  }

  private static void addSingle(
      double[] a,
      int at,
      int rowStep,
      int depthStep,
      double[] b,
      int from,
      double[] c,
      int to,
      int depth,
      int columns) {
    DoubleVector sum0 = DoubleVector.fromArray(DOUBLES, c, to);
    DoubleVector sum1 = DoubleVector.fromArray(DOUBLES, c, to + columns);
    DoubleVector sum2 = DoubleVector.fromArray(DOUBLES, c, to + 2 * columns);
    DoubleVector sum3 = DoubleVector.fromArray(DOUBLES, c, to + 3 * columns);
    int next = at;
    int row = from;
    for (int d = 0; d < depth; d++) {
      DoubleVector values = DoubleVector.fromArray(DOUBLES, b, row);
      sum0 = DoubleVector.broadcast(DOUBLES, a[next]).fma(values, sum0);
      sum1 = DoubleVector.broadcast(DOUBLES, a[next + rowStep]).fma(values, sum1);
      sum2 = DoubleVector.broadcast(DOUBLES, a[next + 2 * rowStep]).fma(values, sum2);
      sum3 = DoubleVector.broadcast(DOUBLES, a[next + 3 * rowStep]).fma(values, sum3);
      next += depthStep;
      row += columns;
    }
    sum0.intoArray(c, to);
    sum1.intoArray(c, to + columns);
    sum2.intoArray(c, to + 2 * columns);
    sum3.intoArray(c, to + 3 * columns);
  }
}
