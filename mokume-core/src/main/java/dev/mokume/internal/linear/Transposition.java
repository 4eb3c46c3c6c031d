package dev.mokume.internal.linear;

/// What turns a block's rows into columns.
final class Transposition {
  /// Columns that are written side by side: few enough for their cache lines to stay.
  private static final int STRIP = 16;

  private Transposition() {}

  /// Puts element (i, j) of `from`, at `i * columns + j`, to `j * pitch + i` of `into`.
  static void of(float[] from, int rows, int columns, float[] into, int pitch) {
    for (int first = 0; first < columns; first += STRIP) {
      int last = Math.min(first + STRIP, columns);
      for (int i = 0; i < rows; i++) {
        for (int j = first; j < last; j++) {
          into[j * pitch + i] = from[i * columns + j];
        }
      }
    }
  }
}
