package dev.mokume.internal.linear;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.kernel.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/// The best factors of few columns that a matrix has, approximately: `W = left * right^T`, found by
/// multiplying `W` with random vectors a few times. Belongs to one thread.
///
/// `W` is seen only through products with panels of `width` columns, so that it need not fit into
/// memory. With Gaussian vectors, `width` = rank + p and no iteration, the expected error is at
/// most `sqrt(1 + rank / (p - 1))` times that of the best factors of that rank (Frobenius norm);
/// each iteration brings it nearer to 1. A matrix whose shorter side is not longer than `width` is
/// factored exactly. Source: N. Halko, P. G. Martinsson, J. A. Tropp, Finding Structure with
/// Randomness (SIAM Review 53/2, 2011), algorithm 4.4 and theorem 10.5.
///
/// The bits depend on the elements, the key, the width and the iterations: not on the memory.
public final class RandomisedSvd {
  /// Singular values below this share of the greatest are f32 rounding, and cannot be told from 0.
  private static final double SMALLEST = 0x1p-25;

  private static final int EDGE = TiledMatrix.EDGE;

  private final Plan plan;
  private final int columns;
  private final int width;
  private final TiledMatrix matrix;
  private final FactorPanels panels;
  private final Panel ofRows;
  private final Panel ofColumns;
  private final Kernels kernels;
  private final BooleanSupplier cancelled;
  private final LongConsumer progress;

  private final float[] tile = new float[TiledMatrix.TILE_ELEMENTS];
  private final float[] operand;
  private final float[] turned;
  private final float[] sum;

  /// How a matrix is sketched.
  ///
  /// @param rows at least 1
  /// @param columns at least 1
  /// @param width columns of the panels: at most the shorter side
  /// @param iterations how often the sketch is multiplied by the matrix and its transpose again
  public record Plan(int rows, int columns, int width, int iterations) {
    public Plan {
      if (width < 1 || width > Math.min(rows, columns) || iterations < 0) {
        throw new IllegalArgumentException(
            "no sketch of width " + width + " of " + rows + " x " + columns);
      }
    }

    /// For factors of `rank` columns: at least 8 vectors more, rounded up to whole vectors of any
    /// machine.
    public static Plan of(int rows, int columns, int rank, int iterations) {
      int width = Math.ceilDiv(Math.addExact(rank, 8), 16) * 16;
      return new Plan(rows, columns, Math.min(width, Math.min(rows, columns)), iterations);
    }

    public boolean isExact() {
      return width == Math.min(rows, columns);
    }

    /// Native bytes without which nothing goes.
    public long leastMemory() {
      return panels() + TiledMatrix.bandBytes(columns);
    }

    /// Native bytes with which the matrix is read once only.
    public long mostMemory() {
      return panels() + TiledMatrix.bytes(rows, columns);
    }

    private long panels() {
      return FactorPanels.bytes(rows, columns, width);
    }

    /// How often each element takes part in a product, [RandomisedSvd#residual] included.
    public int passes() {
      return isExact() ? 2 : 2 * iterations + 3;
    }
  }

  /// @param source of the elements
  /// @param memory of at least [Plan#leastMemory], 8-byte aligned; it is in use for as long as this
  ///   is
  /// @param cancelled asked between tiles
  /// @param progress told of elements that took part in a product
  public RandomisedSvd(
      Plan plan,
      ElementSource source,
      MemorySegment memory,
      Kernels kernels,
      BooleanSupplier cancelled,
      LongConsumer progress) {
    this.plan = plan;
    this.columns = plan.columns;
    this.width = plan.width;
    this.kernels = kernels;
    this.cancelled = cancelled;
    this.progress = progress;
    this.panels = new FactorPanels(plan.rows, columns, width, memory, kernels);
    this.ofRows = panels.ofRows();
    this.ofColumns = panels.ofColumns();
    this.matrix =
        new TiledMatrix(plan.rows, columns, source, memory.asSlice(plan.panels()), kernels);
    this.operand = new float[EDGE * width];
    this.turned = new float[EDGE * width];
    this.sum = new float[EDGE * width];
  }

  /// Looks at every element once, before anything else.
  ///
  /// @param squares the sum of the elements' squares
  /// @param nonFinite how many are NaN or infinite
  public record Measure(double squares, long nonFinite) {}

  public Measure measure() {
    matrix.measure();
    return new Measure(matrix.squares(), matrix.nonFinite());
  }

  /// Finds the greatest singular values.
  ///
  /// @param key of the random vectors
  public Spectrum sketch(long key) {
    boolean isTall = plan.rows >= columns;
    if (plan.isExact()) {
      identity(isTall ? ofColumns : ofRows);
      multiply(isTall);
    } else {
      gaussian(isTall ? ofColumns : ofRows, key);
      multiply(isTall);
      for (int i = 0; i < plan.iterations; i++) {
        panels.orthonormalise(isTall ? ofRows : ofColumns);
        multiply(!isTall);
        panels.orthonormalise(isTall ? ofColumns : ofRows);
        multiply(isTall);
      }
      panels.orthonormalise(isTall ? ofRows : ofColumns);
      multiply(!isTall);
    }
    return spectrum(plan.isExact() != isTall);
  }

  /// The image's singular values are the roots of its Gram matrix's eigenvalues. Squaring loses
  /// those below 2^-26 of the greatest, of which f32 knows nothing either.
  private Spectrum spectrum(boolean isBasisOfRows) {
    Eigenvectors eigen = Eigenvectors.of(panels.gram(isBasisOfRows ? ofColumns : ofRows), width);
    double greatest = Math.sqrt(eigen.values()[0]);
    int rank = 0;
    while (rank < width && Math.sqrt(eigen.values()[rank]) > SMALLEST * greatest) {
      rank++;
    }
    double[] values = new double[rank];
    double[] ofBasis = new double[width * rank];
    double[] ofImage = new double[width * rank];
    for (int i = 0; i < rank; i++) {
      values[i] = Math.sqrt(eigen.values()[i]);
      double root = Math.sqrt(values[i]);
      for (int j = 0; j < width; j++) {
        ofBasis[j * rank + i] = eigen.vectors()[j * width + i] * root;
        ofImage[j * rank + i] = eigen.vectors()[j * width + i] / root;
      }
    }
    return isBasisOfRows
        ? new Spectrum(values, ofBasis, ofImage)
        : new Spectrum(values, ofImage, ofBasis);
  }

  /// Writes the factors as `codec` stores them: `left`, `rows` by `rank`, and `right` transposed,
  /// `rank` by `columns`. Each holds the roots of the singular values. The sketch is used up.
  ///
  /// @param rank at most that of the spectrum
  /// @param bytes of a stored element
  /// @return how many of the stored elements are NaN or infinite
  public long factors(
      Spectrum spectrum,
      int rank,
      Codec codec,
      int bytes,
      MemorySegment left,
      MemorySegment right) {
    return panels.store(spectrum, rank, codec, bytes, left, right);
  }

  /// The sum of the squares of what the factors leave of the matrix, after [#factors]: of tiles of
  /// 128 rows and columns, row by row.
  public double residual(int rank) {
    double squares = 0;
    float[] left = operand;
    float[] right = sum;
    for (int band = 0; band < matrix.bands(); band++) {
      int height = matrix.rowsOf(band);
      ofRows.read(band, left, height * rank);
      kernels.arithmetic().scale(left, -1, left, height * rank);
      for (int across = 0; across < matrix.tilesAcross(); across++) {
        matrix.copy(band, across, tile);
        ofColumns.read(across, right, EDGE * rank);
        kernels.fusedProducts().addProduct(left, rank, right, tile, height, rank, EDGE);
        squares += kernels.reductions().sumOfSquares(tile, height * EDGE);
      }
      advance(height);
    }
    return squares;
  }

  private static void identity(Panel panel) {
    float[] block = new float[EDGE * panel.columns()];
    for (int i = 0; i < panel.blocks(); i++) {
      Arrays.fill(block, 0);
      for (int row = 0; row < panel.rowsOf(i); row++) {
        block[row * panel.columns() + i * EDGE + row] = 1;
      }
      panel.write(i, block, panel.rowsOf(i) * panel.columns());
    }
  }

  private void gaussian(Panel panel, long key) {
    for (int block = 0; block < panel.blocks(); block++) {
      int count = panel.rowsOf(block) * width;
      kernels.draws().normal(key, (long) block * EDGE * width, 0, 1, operand, count);
      panel.write(block, operand, count);
    }
  }

  private void multiply(boolean toRows) {
    if (toRows) {
      multiplyToRows();
    } else {
      multiplyToColumns();
    }
  }

  /// `ofRows = W * ofColumns`: products of tiles, added from left to right.
  private void multiplyToRows() {
    for (int band = 0; band < matrix.bands(); band++) {
      int height = matrix.rowsOf(band);
      Arrays.fill(sum, 0, height * width, 0);
      for (int across = 0; across < matrix.tilesAcross(); across++) {
        matrix.copy(band, across, tile);
        int depth = matrix.columnsOf(across);
        ofColumns.read(across, operand, depth * width);
        kernels.fusedProducts().addProduct(tile, EDGE, operand, sum, height, depth, width);
      }
      ofRows.write(band, sum, height * width);
      advance(height);
    }
  }

  /// `ofColumns = W^T * ofRows`, formed as `ofRows^T * W`, so that tiles are read as they lie:
  /// products of tiles, added from above to below.
  private void multiplyToColumns() {
    for (int band = 0; band < matrix.bands(); band++) {
      int depth = matrix.rowsOf(band);
      ofRows.read(band, operand, depth * width);
      Transposition.of(operand, depth, width, turned, EDGE);
      for (int across = 0; across < matrix.tilesAcross(); across++) {
        matrix.copy(band, across, tile);
        if (band == 0) {
          Arrays.fill(sum, 0);
        } else {
          ofColumns.read(across, sum, width * EDGE);
        }
        kernels.fusedProducts().addProduct(turned, EDGE, tile, sum, width, depth, EDGE);
        ofColumns.write(across, sum, width * EDGE);
      }
      advance(depth);
    }
    for (int across = 0; across < matrix.tilesAcross(); across++) {
      ofColumns.read(across, sum, width * EDGE);
      Transposition.of(sum, width, EDGE, operand, width);
      ofColumns.write(across, operand, EDGE * width);
    }
  }

  private void advance(int height) {
    progress.accept((long) height * columns);
    if (cancelled.getAsBoolean()) {
      throw new MokumeException(ErrorCode.CANCELLED, "Cancelled; no file was written.");
    }
  }
}
