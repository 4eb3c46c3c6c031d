package dev.mokume.internal.methods;

import dev.mokume.plugin.WholeTensor;
import dev.mokume.tensor.Shape;

/// A tensor as lines along one of its dimensions. Lines that lie side by side are read and written
/// together, as a panel.
final class AxisLines {
  /// Of a panel.
  private static final int MOST_LINES = 16;

  private final WholeTensor tensor;
  private final int length;
  private final long inner;
  private final float[] row;

  /// Changes the lines of a panel: `panel[line][place]`.
  interface Change {
    void apply(double[][] panel, int lines);
  }

  AxisLines(WholeTensor tensor, int dimension) {
    Shape shape = tensor.shape();
    long size = 1;
    for (int i = dimension + 1; i < shape.rank(); i++) {
      size *= shape.dimension(i);
    }
    this.tensor = tensor;
    this.length = Math.toIntExact(shape.dimension(dimension));
    this.inner = size;
    this.row = new float[Math.max(MOST_LINES, length)];
  }

  /// The bytes of arrays that the lines of a dimension take.
  static long heapBytes(long length) {
    return (MOST_LINES * Double.BYTES + Float.BYTES) * Math.max(MOST_LINES, length);
  }

  /// Changes every line of the tensor, in place.
  void each(Change change) {
    double[][] panel = new double[MOST_LINES][length];
    long outer = tensor.count() / inner / length;
    if (inner == 1) {
      for (long line = 0; line < outer; line += MOST_LINES) {
        int lines = (int) Math.min(MOST_LINES, outer - line);
        readAlong(line, panel, lines);
        change.apply(panel, lines);
        writeAlong(line, panel, lines);
      }
      return;
    }
    for (long block = 0; block < outer; block++) {
      for (long column = 0; column < inner; column += MOST_LINES) {
        int lines = (int) Math.min(MOST_LINES, inner - column);
        long start = block * length * inner + column;
        readAcross(start, panel, lines);
        change.apply(panel, lines);
        writeAcross(start, panel, lines);
      }
    }
  }

  /// Lines that lie one after the other.
  private void readAlong(long first, double[][] panel, int lines) {
    for (int line = 0; line < lines; line++) {
      tensor.read((first + line) * length, row, 0, length);
      for (int place = 0; place < length; place++) {
        panel[line][place] = row[place];
      }
    }
  }

  private void writeAlong(long first, double[][] panel, int lines) {
    for (int line = 0; line < lines; line++) {
      for (int place = 0; place < length; place++) {
        row[place] = (float) panel[line][place];
      }
      tensor.write((first + line) * length, row, 0, length);
    }
  }

  /// Lines that lie side by side.
  private void readAcross(long start, double[][] panel, int lines) {
    for (int place = 0; place < length; place++) {
      tensor.read(start + place * inner, row, 0, lines);
      for (int line = 0; line < lines; line++) {
        panel[line][place] = row[line];
      }
    }
  }

  private void writeAcross(long start, double[][] panel, int lines) {
    for (int place = 0; place < length; place++) {
      for (int line = 0; line < lines; line++) {
        row[line] = (float) panel[line][place];
      }
      tensor.write(start + place * inner, row, 0, lines);
    }
  }
}
