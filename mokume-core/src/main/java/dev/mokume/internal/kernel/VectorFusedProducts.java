package dev.mokume.internal.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// [ScalarFusedProducts] with the sums of six rows by two vectors in registers.
///
/// `b` passes by packed: with a stride that C2 knows it checks no bounds in the loop, which doubles
/// the speed. Where fewer rows are left, or one vector, the last of them is summed more than once,
/// and the same written more than once: everything of `c` is read before anything is written.
final class VectorFusedProducts implements FusedProducts {
  /// At most 512 bits, so that [#DEPTH] rows of a strip fit the scratch array.
  private static final VectorSpecies<Float> FLOATS =
      FloatVector.SPECIES_PREFERRED.length() <= 16
          ? FloatVector.SPECIES_PREFERRED
          : FloatVector.SPECIES_512;

  private static final VectorSpecies<Double> DOUBLES =
      DoubleVector.SPECIES_PREFERRED.length() <= 8
          ? DoubleVector.SPECIES_PREFERRED
          : DoubleVector.SPECIES_512;

  /// With these and what passes by, the sixteen registers of AVX2 are full.
  private static final int ROWS = 6;

  @Override
  public void addProduct(
      float[] a, int pitch, float[] b, float[] c, int rows, int depth, int columns) {
    float[] strip = Scratch.ofThread().floats;
    int width = FLOATS.length();
    int whole = FLOATS.loopBound(columns);
    for (int column = 0; column < whole; column += 2 * width) {
      int second = column + width < whole ? width : 0;
      for (int first = 0; first < depth; first += DEPTH) {
        int count = Math.min(DEPTH, depth - first);
        pack(b, first * columns + column, columns, second, strip, count);
        for (int row = 0; row < rows; row += ROWS) {
          addStrip(a, pitch, first, row, rows - 1, strip, count, c, column, columns, second);
        }
      }
    }
    if (whole < columns) {
      ScalarFusedProducts.addPart(a, pitch, b, c, rows, depth, columns, whole);
    }
  }

  /// Puts two vectors of each row of `b` one after the other.
  private static void pack(float[] b, int from, int columns, int second, float[] strip, int count) {
    int width = FLOATS.length();
    int row = from;
    for (int d = 0; d < count; d++) {
      FloatVector.fromArray(FLOATS, b, row).intoArray(strip, d * 2 * width);
      FloatVector.fromArray(FLOATS, b, row + second).intoArray(strip, d * 2 * width + width);
      row += columns;
    }
  }

  private static void addStrip(
      float[] a,
      int pitch,
      int first,
      int row,
      int last,
      float[] strip,
      int count,
      float[] c,
      int column,
      int columns,
      int second) {
    int width = FLOATS.length();
    int row1 = Math.min(row + 1, last);
    int row2 = Math.min(row + 2, last);
    int row3 = Math.min(row + 3, last);
    int row4 = Math.min(row + 4, last);
    int row5 = Math.min(row + 5, last);
    int from0 = row * pitch + first;
    int from1 = row1 * pitch + first;
    int from2 = row2 * pitch + first;
    int from3 = row3 * pitch + first;
    int from4 = row4 * pitch + first;
    int from5 = row5 * pitch + first;
    FloatVector left0 = FloatVector.zero(FLOATS);
    FloatVector right0 = FloatVector.zero(FLOATS);
    FloatVector left1 = FloatVector.zero(FLOATS);
    FloatVector right1 = FloatVector.zero(FLOATS);
    FloatVector left2 = FloatVector.zero(FLOATS);
    FloatVector right2 = FloatVector.zero(FLOATS);
    FloatVector left3 = FloatVector.zero(FLOATS);
    FloatVector right3 = FloatVector.zero(FLOATS);
    FloatVector left4 = FloatVector.zero(FLOATS);
    FloatVector right4 = FloatVector.zero(FLOATS);
    FloatVector left5 = FloatVector.zero(FLOATS);
    FloatVector right5 = FloatVector.zero(FLOATS);
    for (int d = 0; d < count; d++) {
      FloatVector left = FloatVector.fromArray(FLOATS, strip, d * 2 * width);
      FloatVector right = FloatVector.fromArray(FLOATS, strip, d * 2 * width + width);
      FloatVector factor0 = FloatVector.broadcast(FLOATS, a[from0 + d]);
      left0 = factor0.fma(left, left0);
      right0 = factor0.fma(right, right0);
      FloatVector factor1 = FloatVector.broadcast(FLOATS, a[from1 + d]);
      left1 = factor1.fma(left, left1);
      right1 = factor1.fma(right, right1);
      FloatVector factor2 = FloatVector.broadcast(FLOATS, a[from2 + d]);
      left2 = factor2.fma(left, left2);
      right2 = factor2.fma(right, right2);
      FloatVector factor3 = FloatVector.broadcast(FLOATS, a[from3 + d]);
      left3 = factor3.fma(left, left3);
      right3 = factor3.fma(right, right3);
      FloatVector factor4 = FloatVector.broadcast(FLOATS, a[from4 + d]);
      left4 = factor4.fma(left, left4);
      right4 = factor4.fma(right, right4);
      FloatVector factor5 = FloatVector.broadcast(FLOATS, a[from5 + d]);
      left5 = factor5.fma(left, left5);
      right5 = factor5.fma(right, right5);
    }
    int to0 = row * columns + column;
    int to1 = row1 * columns + column;
    int to2 = row2 * columns + column;
    int to3 = row3 * columns + column;
    int to4 = row4 * columns + column;
    int to5 = row5 * columns + column;
    left0 = FloatVector.fromArray(FLOATS, c, to0).add(left0);
    right0 = FloatVector.fromArray(FLOATS, c, to0 + second).add(right0);
    left1 = FloatVector.fromArray(FLOATS, c, to1).add(left1);
    right1 = FloatVector.fromArray(FLOATS, c, to1 + second).add(right1);
    left2 = FloatVector.fromArray(FLOATS, c, to2).add(left2);
    right2 = FloatVector.fromArray(FLOATS, c, to2 + second).add(right2);
    left3 = FloatVector.fromArray(FLOATS, c, to3).add(left3);
    right3 = FloatVector.fromArray(FLOATS, c, to3 + second).add(right3);
    left4 = FloatVector.fromArray(FLOATS, c, to4).add(left4);
    right4 = FloatVector.fromArray(FLOATS, c, to4 + second).add(right4);
    left5 = FloatVector.fromArray(FLOATS, c, to5).add(left5);
    right5 = FloatVector.fromArray(FLOATS, c, to5 + second).add(right5);
    left0.intoArray(c, to0);
    right0.intoArray(c, to0 + second);
    left1.intoArray(c, to1);
    right1.intoArray(c, to1 + second);
    left2.intoArray(c, to2);
    right2.intoArray(c, to2 + second);
    left3.intoArray(c, to3);
    right3.intoArray(c, to3 + second);
    left4.intoArray(c, to4);
    right4.intoArray(c, to4 + second);
    left5.intoArray(c, to5);
    right5.intoArray(c, to5 + second);
  }

  @Override
  public void addProduct(
      double[] a, int pitch, double[] b, double[] c, int rows, int depth, int columns) {
    double[] strip = Scratch.ofThread().doubles;
    int width = DOUBLES.length();
    int whole = DOUBLES.loopBound(columns);
    for (int column = 0; column < whole; column += 2 * width) {
      int second = column + width < whole ? width : 0;
      for (int first = 0; first < depth; first += DEPTH) {
        int count = Math.min(DEPTH, depth - first);
        pack(b, first * columns + column, columns, second, strip, count);
        for (int row = 0; row < rows; row += ROWS) {
          addStrip(a, pitch, first, row, rows - 1, strip, count, c, column, columns, second);
        }
      }
    }
    if (whole < columns) {
      ScalarFusedProducts.addPart(a, pitch, b, c, rows, depth, columns, whole);
    }
  }

  /// Puts two vectors of each row of `b` one after the other.
  private static void pack(
      double[] b, int from, int columns, int second, double[] strip, int count) {
    int width = DOUBLES.length();
    int row = from;
    for (int d = 0; d < count; d++) {
      DoubleVector.fromArray(DOUBLES, b, row).intoArray(strip, d * 2 * width);
      DoubleVector.fromArray(DOUBLES, b, row + second).intoArray(strip, d * 2 * width + width);
      row += columns;
    }
  }

  private static void addStrip(
      double[] a,
      int pitch,
      int first,
      int row,
      int last,
      double[] strip,
      int count,
      double[] c,
      int column,
      int columns,
      int second) {
    int width = DOUBLES.length();
    int row1 = Math.min(row + 1, last);
    int row2 = Math.min(row + 2, last);
    int row3 = Math.min(row + 3, last);
    int row4 = Math.min(row + 4, last);
    int row5 = Math.min(row + 5, last);
    int from0 = row * pitch + first;
    int from1 = row1 * pitch + first;
    int from2 = row2 * pitch + first;
    int from3 = row3 * pitch + first;
    int from4 = row4 * pitch + first;
    int from5 = row5 * pitch + first;
    DoubleVector left0 = DoubleVector.zero(DOUBLES);
    DoubleVector right0 = DoubleVector.zero(DOUBLES);
    DoubleVector left1 = DoubleVector.zero(DOUBLES);
    DoubleVector right1 = DoubleVector.zero(DOUBLES);
    DoubleVector left2 = DoubleVector.zero(DOUBLES);
    DoubleVector right2 = DoubleVector.zero(DOUBLES);
    DoubleVector left3 = DoubleVector.zero(DOUBLES);
    DoubleVector right3 = DoubleVector.zero(DOUBLES);
    DoubleVector left4 = DoubleVector.zero(DOUBLES);
    DoubleVector right4 = DoubleVector.zero(DOUBLES);
    DoubleVector left5 = DoubleVector.zero(DOUBLES);
    DoubleVector right5 = DoubleVector.zero(DOUBLES);
    for (int d = 0; d < count; d++) {
      DoubleVector left = DoubleVector.fromArray(DOUBLES, strip, d * 2 * width);
      DoubleVector right = DoubleVector.fromArray(DOUBLES, strip, d * 2 * width + width);
      DoubleVector factor0 = DoubleVector.broadcast(DOUBLES, a[from0 + d]);
      left0 = factor0.fma(left, left0);
      right0 = factor0.fma(right, right0);
      DoubleVector factor1 = DoubleVector.broadcast(DOUBLES, a[from1 + d]);
      left1 = factor1.fma(left, left1);
      right1 = factor1.fma(right, right1);
      DoubleVector factor2 = DoubleVector.broadcast(DOUBLES, a[from2 + d]);
      left2 = factor2.fma(left, left2);
      right2 = factor2.fma(right, right2);
      DoubleVector factor3 = DoubleVector.broadcast(DOUBLES, a[from3 + d]);
      left3 = factor3.fma(left, left3);
      right3 = factor3.fma(right, right3);
      DoubleVector factor4 = DoubleVector.broadcast(DOUBLES, a[from4 + d]);
      left4 = factor4.fma(left, left4);
      right4 = factor4.fma(right, right4);
      DoubleVector factor5 = DoubleVector.broadcast(DOUBLES, a[from5 + d]);
      left5 = factor5.fma(left, left5);
      right5 = factor5.fma(right, right5);
    }
    int to0 = row * columns + column;
    int to1 = row1 * columns + column;
    int to2 = row2 * columns + column;
    int to3 = row3 * columns + column;
    int to4 = row4 * columns + column;
    int to5 = row5 * columns + column;
    left0 = DoubleVector.fromArray(DOUBLES, c, to0).add(left0);
    right0 = DoubleVector.fromArray(DOUBLES, c, to0 + second).add(right0);
    left1 = DoubleVector.fromArray(DOUBLES, c, to1).add(left1);
    right1 = DoubleVector.fromArray(DOUBLES, c, to1 + second).add(right1);
    left2 = DoubleVector.fromArray(DOUBLES, c, to2).add(left2);
    right2 = DoubleVector.fromArray(DOUBLES, c, to2 + second).add(right2);
    left3 = DoubleVector.fromArray(DOUBLES, c, to3).add(left3);
    right3 = DoubleVector.fromArray(DOUBLES, c, to3 + second).add(right3);
    left4 = DoubleVector.fromArray(DOUBLES, c, to4).add(left4);
    right4 = DoubleVector.fromArray(DOUBLES, c, to4 + second).add(right4);
    left5 = DoubleVector.fromArray(DOUBLES, c, to5).add(left5);
    right5 = DoubleVector.fromArray(DOUBLES, c, to5 + second).add(right5);
    left0.intoArray(c, to0);
    right0.intoArray(c, to0 + second);
    left1.intoArray(c, to1);
    right1.intoArray(c, to1 + second);
    left2.intoArray(c, to2);
    right2.intoArray(c, to2 + second);
    left3.intoArray(c, to3);
    right3.intoArray(c, to3 + second);
    left4.intoArray(c, to4);
    right4.intoArray(c, to4 + second);
    left5.intoArray(c, to5);
    right5.intoArray(c, to5 + second);
  }
}
