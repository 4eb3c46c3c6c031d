package dev.mokume.lora;

import java.util.SplittableRandom;

/// A matrix in f64 and what adapters do with it, in plain loops.
record Plain(int rows, int columns, double[] values) {
  static Plain of(int rows, int columns, double... values) {
    return new Plain(rows, columns, values);
  }

  /// Numbers that f32 holds exactly, between -1 and 1.
  static Plain random(long seed, int rows, int columns) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] values = new double[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(-1000, 1001) / 1024.0;
    }
    return new Plain(rows, columns, values);
  }

  float[] floats() {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  double at(int row, int column) {
    return values[row * columns + column];
  }

  /// The same numbers in other rows and columns.
  Plain as(int newRows, int newColumns) {
    return new Plain(newRows, newColumns, values);
  }

  interface Element {
    double at(int row, int column);
  }

  static Plain each(int rows, int columns, Element element) {
    double[] values = new double[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = element.at(i / columns, i % columns);
    }
    return new Plain(rows, columns, values);
  }

  Plain plus(Plain other, double factor) {
    return each(rows, columns, (i, j) -> at(i, j) + factor * other.at(i, j));
  }

  Plain times(Plain other) {
    return each(
        rows,
        other.columns,
        (i, j) -> {
          double sum = 0;
          for (int r = 0; r < columns; r++) {
            sum += at(i, r) * other.at(r, j);
          }
          return sum;
        });
  }

  Plain transposed() {
    return each(columns, rows, (i, j) -> at(j, i));
  }

  /// Element by element.
  Plain hadamard(Plain other) {
    return each(rows, columns, (i, j) -> at(i, j) * other.at(i, j));
  }

  Plain kronecker(Plain other) {
    return each(
        rows * other.rows,
        columns * other.columns,
        (i, j) ->
            at(i / other.rows, j / other.columns) * other.at(i % other.rows, j % other.columns));
  }

  /// `left' * core * right` for each position k of a convolution: `[p, r, k]` is the sum over i and
  /// j of `core[i, j, k] * left[i, p] * right[j, r]`.
  static Plain tucker(Plain core, Plain left, Plain right, int inner) {
    return each(
        left.columns,
        right.columns * inner,
        (p, column) -> {
          int r = column / inner;
          int k = column % inner;
          double sum = 0;
          for (int i = 0; i < left.rows; i++) {
            for (int j = 0; j < right.rows; j++) {
              sum += core.at(i, j * inner + k) * left.at(i, p) * right.at(j, r);
            }
          }
          return sum;
        });
  }

  Plain rows(int from, int to) {
    return each(to - from, columns, (i, j) -> at(from + i, j));
  }
}
