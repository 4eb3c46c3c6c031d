package dev.mokume.internal.linear;

import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.kernel.Counters;
import dev.mokume.internal.kernel.Histogram;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.internal.kernel.OrderStatistics;
import dev.mokume.internal.kernel.QuantileRule;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Two panels of as many columns: one with a row for each row of a matrix, one with a row for each
/// of its columns. Belongs to one thread.
final class FactorPanels {
  private static final int EDGE = TiledMatrix.EDGE;

  private final int width;
  private final Panel ofRows;
  private final Panel ofColumns;
  private final Kernels kernels;
  private final float[] block;
  private final float[] turned;
  private final double[] wide;
  private final double[] wideTurned;
  private final double[] product;

  /// @param memory of at least [#bytes]
  FactorPanels(int rows, int columns, int width, MemorySegment memory, Kernels kernels) {
    long forRows = Panel.bytes(rows, width);
    this.width = width;
    this.ofRows = new Panel(memory.asSlice(0, forRows), rows, width);
    this.ofColumns =
        new Panel(memory.asSlice(forRows, Panel.bytes(columns, width)), columns, width);
    this.kernels = kernels;
    this.block = new float[EDGE * width];
    this.turned = new float[EDGE * width];
    this.wide = new double[EDGE * width];
    this.wideTurned = new double[EDGE * width];
    this.product = new double[EDGE * width];
  }

  static long bytes(int rows, int columns, int width) {
    return Panel.bytes(rows, width) + Panel.bytes(columns, width);
  }

  Panel ofRows() {
    return ofRows;
  }

  Panel ofColumns() {
    return ofColumns;
  }

  /// The columns' products with each other, in f64, row after row.
  double[] gram(Panel panel) {
    double[] gram = new double[width * width];
    for (int i = 0; i < panel.blocks(); i++) {
      int height = panel.rowsOf(i);
      panel.read(i, block, height * width);
      widen(block, wide, height * width);
      Transposition.of(block, height, width, turned, height);
      widen(turned, wideTurned, height * width);
      kernels.fusedProducts().addProduct(wideTurned, height, wide, gram, width, height, width);
    }
    return gram;
  }

  /// Makes a panel's columns orthonormal; those that depend on others become zero.
  void orthonormalise(Panel panel) {
    double[] by = Orthonormalisation.of(gram(panel), width);
    for (int i = 0; i < panel.blocks(); i++) {
      transform(panel, i, by, width, block);
      panel.write(i, block, panel.rowsOf(i) * width);
    }
  }

  /// Puts a block's product with `by`, of `count` columns, into `into`: formed in f64, rounded
  /// once.
  private void transform(Panel panel, int number, double[] by, int count, float[] into) {
    int height = panel.rowsOf(number);
    panel.read(number, block, height * width);
    widen(block, wide, height * width);
    Arrays.fill(product, 0, height * count, 0);
    kernels.fusedProducts().addProduct(wide, width, by, product, height, width, count);
    for (int i = 0; i < height * count; i++) {
      into[i] = (float) product[i];
    }
  }

  private static void widen(float[] from, double[] into, int count) {
    for (int i = 0; i < count; i++) {
      into[i] = from[i];
    }
  }

  /// Writes the factors of that rank as `codec` stores them: `left`, a row for each of the matrix's
  /// rows, and `right` transposed, a column for each of its columns.
  ///
  /// Afterwards the panels hold what a reader of the factors sees: a block of the one has `rank`
  /// columns, a block of the other `rank` rows of 128.
  ///
  /// @param bytes of a stored element
  /// @return how many of the stored elements are NaN or infinite
  long store(
      Spectrum spectrum,
      int rank,
      Codec codec,
      int bytes,
      MemorySegment left,
      MemorySegment right) {
    double[] byRows = spectrum.byRows(rank);
    double[] byColumns = spectrum.byColumns(rank);
    float[] factor = new float[EDGE * width];
    float[] line = new float[EDGE];
    long nonFinite = 0;
    for (int i = 0; i < ofRows.blocks(); i++) {
      int count = ofRows.rowsOf(i) * rank;
      transform(ofRows, i, byRows, rank, factor);
      long at = (long) i * EDGE * rank * bytes;
      nonFinite += codec.encode(factor, left, at, count);
      codec.decode(left, at, factor, count);
      ofRows.write(i, factor, count);
    }
    for (int i = 0; i < ofColumns.blocks(); i++) {
      int count = ofColumns.rowsOf(i);
      transform(ofColumns, i, byColumns, rank, block);
      Arrays.fill(factor, 0, EDGE * rank, 0);
      for (int k = 0; k < rank; k++) {
        for (int j = 0; j < count; j++) {
          line[j] = block[j * rank + k];
        }
        long at = ((long) k * ofColumns.rows() + (long) i * EDGE) * bytes;
        nonFinite += codec.encode(line, right, at, count);
        codec.decode(right, at, line, count);
        System.arraycopy(line, 0, factor, k * EDGE, count);
      }
      ofColumns.write(i, factor, EDGE * rank);
    }
    return nonFinite;
  }

  /// Cuts what [#store] stored, in the panels too: no number is farther from 0 than a quantile of
  /// the magnitudes in both factors.
  void cut(
      int rank, double quantile, Codec codec, int bytes, MemorySegment left, MemorySegment right) {
    float most = quantile(rank, quantile);
    float[] factor = new float[EDGE * width];
    for (int i = 0; i < ofRows.blocks(); i++) {
      int count = ofRows.rowsOf(i) * rank;
      ofRows.read(i, factor, count);
      cut(factor, count, most);
      long at = (long) i * EDGE * rank * bytes;
      codec.encode(factor, left, at, count);
      codec.decode(left, at, factor, count);
      ofRows.write(i, factor, count);
    }
    float[] line = new float[EDGE];
    for (int i = 0; i < ofColumns.blocks(); i++) {
      int count = ofColumns.rowsOf(i);
      ofColumns.read(i, factor, EDGE * rank);
      cut(factor, EDGE * rank, most);
      for (int k = 0; k < rank; k++) {
        System.arraycopy(factor, k * EDGE, line, 0, count);
        long at = ((long) k * ofColumns.rows() + (long) i * EDGE) * bytes;
        codec.encode(line, right, at, count);
        codec.decode(right, at, line, count);
        System.arraycopy(line, 0, factor, k * EDGE, count);
      }
      ofColumns.write(i, factor, EDGE * rank);
    }
  }

  /// Whoever is given the numbers of the stored factors, piece by piece.
  private interface Reader {
    void take(float[] numbers, int from, int to);
  }

  private void eachStored(int rank, Reader reader) {
    float[] factor = new float[EDGE * width];
    for (int i = 0; i < ofRows.blocks(); i++) {
      int count = ofRows.rowsOf(i) * rank;
      ofRows.read(i, factor, count);
      reader.take(factor, 0, count);
    }
    for (int i = 0; i < ofColumns.blocks(); i++) {
      ofColumns.read(i, factor, EDGE * rank);
      for (int k = 0; k < rank; k++) {
        reader.take(factor, k * EDGE, k * EDGE + ofColumns.rowsOf(i));
      }
    }
  }

  private float quantile(int rank, double quantile) {
    Histogram histogram = kernels.histogram();
    long count = (long) rank * (ofRows.rows() + ofColumns.rows());
    QuantileRule.Ranks ranks = QuantileRule.EXACT.ranks(quantile, count);
    int[] uppers = new int[Histogram.UPPER_BUCKETS];
    eachStored(rank, (numbers, from, to) -> histogram.countUpper(numbers, from, to, uppers));
    OrderStatistics places =
        OrderStatistics.locate(Counters.of(uppers), ranks.lower(), ranks.upper());
    int[] lows = new int[Histogram.LOWER_BUCKETS];
    int[] highs = new int[Histogram.LOWER_BUCKETS];
    eachStored(
        rank,
        (numbers, from, to) -> {
          histogram.countWithin(numbers, from, to, places.lowerPlace().bucket(), 1, lows);
          histogram.countWithin(numbers, from, to, places.upperPlace().bucket(), 1, highs);
        });
    OrderStatistics.Magnitudes found = places.magnitudes(Counters.of(lows), Counters.of(highs));
    return QuantileRule.EXACT.interpolate(ranks, found.lower(), found.upper());
  }

  private static void cut(float[] numbers, int count, float most) {
    for (int i = 0; i < count; i++) {
      numbers[i] = Math.clamp(numbers[i], -most, most);
    }
  }
}
