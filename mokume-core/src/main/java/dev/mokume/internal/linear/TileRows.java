package dev.mokume.internal.linear;

import dev.mokume.internal.kernel.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Some rows of f64 numbers in square tiles of native memory, padded with zeros: the rows of a
/// matrix that is multiplied with [SymmetricTiles] from the left. Belongs to one thread.
final class TileRows {
  private static final int EDGE = SymmetricTiles.EDGE;
  private static final int TILE_ELEMENTS = SymmetricTiles.TILE_ELEMENTS;
  private static final long TILE_BYTES = (long) TILE_ELEMENTS * Double.BYTES;

  private final int down;
  private final int across;
  private final MemorySegment memory;
  private final double[] factor = new double[TILE_ELEMENTS];
  private final double[] sum = new double[TILE_ELEMENTS];

  /// @param memory of [#bytes]
  TileRows(int rows, int columns, MemorySegment memory) {
    this.down = Math.ceilDiv(rows, EDGE);
    this.across = Math.ceilDiv(columns, EDGE);
    this.memory = memory.asSlice(0, bytes(rows, columns));
  }

  /// Bytes of so many rows.
  static long bytes(int rows, int columns) {
    return (long) Math.ceilDiv(rows, EDGE) * Math.ceilDiv(columns, EDGE) * TILE_BYTES;
  }

  /// Rows of tiles.
  int tileRows() {
    return down;
  }

  void clear() {
    memory.fill((byte) 0);
  }

  private long offset(int row, int column) {
    return ((long) row * across + column) * TILE_BYTES;
  }

  private static long inTile(int row, int column) {
    return (long) Double.BYTES * (row % EDGE * EDGE + column % EDGE);
  }

  /// Copies `count` numbers of a row from column `first` on, as many as lie in one tile.
  void read(int row, int first, double[] into, int count) {
    MemorySegment.copy(memory, ValueLayout.JAVA_DOUBLE, place(row, first), into, 0, count);
  }

  /// The other way.
  void write(int row, int first, double[] from, int count) {
    MemorySegment.copy(from, 0, memory, ValueLayout.JAVA_DOUBLE, place(row, first), count);
  }

  private long place(int row, int column) {
    return offset(row / EDGE, column / EDGE) + inTile(row, column);
  }

  /// Adds the product of column `from` of tiles, of other rows, and a tile to column `to`.
  void addProduct(TileRows other, int from, double[] tile, int to, Kernels kernels) {
    for (int row = 0; row < down; row++) {
      other.tile(row, from, factor);
      tile(row, to, sum);
      kernels.fusedProducts().addProduct(factor, EDGE, tile, sum, EDGE, EDGE, EDGE);
      put(row, to, sum);
    }
  }

  /// The same of these rows themselves.
  void addProduct(int from, double[] tile, int to, Kernels kernels) {
    addProduct(this, from, tile, to, kernels);
  }

  /// Makes a column of tiles its product with a tile.
  void multiply(int column, double[] tile, Kernels kernels) {
    for (int row = 0; row < down; row++) {
      tile(row, column, factor);
      Arrays.fill(sum, 0);
      kernels.fusedProducts().addProduct(factor, EDGE, tile, sum, EDGE, EDGE, EDGE);
      put(row, column, sum);
    }
  }

  private void tile(int row, int column, double[] into) {
    MemorySegment.copy(
        memory, ValueLayout.JAVA_DOUBLE, offset(row, column), into, 0, TILE_ELEMENTS);
  }

  private void put(int row, int column, double[] from) {
    MemorySegment.copy(
        from, 0, memory, ValueLayout.JAVA_DOUBLE, offset(row, column), TILE_ELEMENTS);
  }
}
