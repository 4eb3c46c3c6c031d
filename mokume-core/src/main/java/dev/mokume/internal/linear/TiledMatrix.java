package dev.mokume.internal.linear;

import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.internal.kernel.Reductions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// A matrix in square tiles, a band of tiles above the other; as many bands as fit are in memory,
/// and others are read again when they are wanted.
///
/// What is computed from tiles does not depend on how many fit.
final class TiledMatrix {
  /// Rows and columns of a tile.
  static final int EDGE = 128;

  static final int TILE_ELEMENTS = EDGE * EDGE;
  private static final long TILE_BYTES = (long) TILE_ELEMENTS * Float.BYTES;

  private final int rows;
  private final int columns;
  private final ElementSource source;
  private final MemorySegment memory;
  private final Reductions reductions;
  private final float[] line = new float[Block.ELEMENTS];

  /// How many bands the memory holds, and which it holds now.
  private final int slots;

  private int first;
  private int loaded;

  private int measured;
  private double squares;
  private long nonFinite;

  /// @param memory of at least [#bandBytes], used until the matrix is not
  TiledMatrix(int rows, int columns, ElementSource source, MemorySegment memory, Kernels kernels) {
    this.rows = rows;
    this.columns = columns;
    this.source = source;
    this.memory = memory;
    this.reductions = kernels.reductions();
    this.slots = (int) Math.min(bands(), memory.byteSize() / bandBytes(columns));
    if (slots < 1) {
      throw new IllegalArgumentException(memory.byteSize() + " bytes hold no band");
    }
  }

  /// Bytes of a band of a matrix with so many columns.
  static long bandBytes(int columns) {
    return Math.ceilDiv(columns, EDGE) * TILE_BYTES;
  }

  /// Bytes of a whole matrix.
  static long bytes(int rows, int columns) {
    return Math.ceilDiv(rows, EDGE) * bandBytes(columns);
  }

  int bands() {
    return Math.ceilDiv(rows, EDGE);
  }

  int tilesAcross() {
    return Math.ceilDiv(columns, EDGE);
  }

  int rowsOf(int band) {
    return Math.min(EDGE, rows - band * EDGE);
  }

  int columnsOf(int across) {
    return Math.min(EDGE, columns - across * EDGE);
  }

  /// Looks at every element once.
  void measure() {
    for (int band = 0; band < bands(); band++) {
      require(band);
    }
  }

  /// After [#measure]: the sum of the elements' squares, formed in f64: of a row's blocks of 4,096
  /// elements in order, of the rows in order.
  double squares() {
    return squares;
  }

  /// After [#measure]: how many elements are NaN or infinite.
  long nonFinite() {
    return nonFinite;
  }

  /// Copies a tile: element (i, j) goes to `i * EDGE + j`. Beyond the matrix's last column there
  /// are zeros, beyond its last row anything.
  void copy(int band, int across, float[] tile) {
    require(band);
    MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, offset(band, across), tile, 0, tile.length);
  }

  private long offset(int band, int across) {
    return ((long) (band - first) * tilesAcross() + across) * TILE_BYTES;
  }

  private void require(int band) {
    if (band >= first && band < first + loaded) {
      return;
    }
    first = band;
    loaded = Math.min(slots, bands() - band);
    for (int i = band; i < band + loaded; i++) {
      load(i);
    }
  }

  private void load(int band) {
    boolean isNew = band == measured;
    for (int row = 0; row < rowsOf(band); row++) {
      long start = ((long) band * EDGE + row) * columns;
      for (int column = 0; column < columns; column += line.length) {
        int count = Math.min(line.length, columns - column);
        source.read(start + column, line, count);
        if (isNew) {
          squares += reductions.sumOfSquares(line, count);
          nonFinite += reductions.countNonFinite(line, count);
        }
        scatter(band, row, column / EDGE, count);
      }
    }
    measured += isNew ? 1 : 0;
  }

  private void scatter(int band, int row, int across, int count) {
    int padded = Math.ceilDiv(count, EDGE) * EDGE;
    Arrays.fill(line, count, padded, 0);
    for (int i = 0; i < padded / EDGE; i++) {
      MemorySegment.copy(
          line,
          i * EDGE,
          memory,
          ValueLayout.JAVA_FLOAT,
          offset(band, across + i) + (long) row * EDGE * Float.BYTES,
          EDGE);
    }
  }
}
