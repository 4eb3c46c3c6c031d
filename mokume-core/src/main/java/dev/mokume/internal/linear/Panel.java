package dev.mokume.internal.linear;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A matrix with few columns, in blocks of as many rows as a tile has.
///
/// @param memory of [#bytes], in f32
record Panel(MemorySegment memory, int rows, int columns) {

  /// What a panel takes: whole blocks.
  static long bytes(int rows, int columns) {
    return (long) Math.ceilDiv(rows, TiledMatrix.EDGE) * TiledMatrix.EDGE * columns * Float.BYTES;
  }

  int blocks() {
    return Math.ceilDiv(rows, TiledMatrix.EDGE);
  }

  int rowsOf(int block) {
    return Math.min(TiledMatrix.EDGE, rows - block * TiledMatrix.EDGE);
  }

  /// Puts the `count` first elements of a block into `into[0..count)`.
  void read(int block, float[] into, int count) {
    MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, offset(block), into, 0, count);
  }

  /// The other way.
  void write(int block, float[] from, int count) {
    MemorySegment.copy(from, 0, memory, ValueLayout.JAVA_FLOAT, offset(block), count);
  }

  private long offset(int block) {
    return (long) block * TiledMatrix.EDGE * columns * Float.BYTES;
  }
}
