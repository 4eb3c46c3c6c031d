package dev.mokume.internal.linear;

import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.kernel.Kernels;
import java.lang.foreign.MemorySegment;

/// The singular value decomposition of `left * right^T` from the factors alone: the product, which
/// may be a thousand times as large, is never formed. Belongs to one thread.
///
/// The Gram matrices of the factors are `V L V^T` each (f64), so that a factor is a matrix of
/// orthonormal columns times `R = L^(1/2) V^T`. What is left is the decomposition of the small `R1
/// R2^T`. Exact but for rounding: f64 Gram matrices lose what is below 2^-26 of a factor's greatest
/// singular value, and factors are f32.
public final class FactorSvd {
  /// Squares of a factor's singular values below this share of the greatest are rounding.
  private static final double SMALLEST_SQUARE = 0x1p-48;

  private static final double SMALLEST = 0x1p-25;

  /// Rows of a block.
  public static final int BLOCK = TiledMatrix.EDGE;

  private final int width;
  private final FactorPanels panels;

  /// @param rows of the left factor
  /// @param columns rows of the right factor: columns of the product
  /// @param width columns of both
  /// @param memory of at least [#memory], in use for as long as this is
  public FactorSvd(int rows, int columns, int width, MemorySegment memory, Kernels kernels) {
    this.width = width;
    this.panels = new FactorPanels(rows, columns, width, memory, kernels);
  }

  /// Native bytes that it needs.
  public static long memory(int rows, int columns, int width) {
    return FactorPanels.bytes(rows, columns, width);
  }

  /// Sets rows `BLOCK * block` on of the left factor, row by row.
  public void setLeft(int block, float[] rows) {
    set(panels.ofRows(), block, rows);
  }

  /// Sets rows `BLOCK * block` on of the right factor, row by row.
  public void setRight(int block, float[] rows) {
    set(panels.ofColumns(), block, rows);
  }

  private void set(Panel panel, int block, float[] rows) {
    panel.write(block, rows, panel.rowsOf(block) * width);
  }

  /// Finds all singular values.
  public Spectrum decompose() {
    Eigenvectors ofLeft = Eigenvectors.of(panels.gram(panels.ofRows()), width);
    Eigenvectors ofRight = Eigenvectors.of(panels.gram(panels.ofColumns()), width);
    SmallSvd core = SmallSvd.of(core(ofLeft, ofRight), width);
    int rank = 0;
    while (rank < width
        && core.values()[rank] > 0
        && core.values()[rank] > SMALLEST * core.values()[0]) {
      rank++;
    }
    double[] values = java.util.Arrays.copyOf(core.values(), rank);
    return new Spectrum(
        values, transform(ofLeft, core.left(), values), transform(ofRight, core.right(), values));
  }

  /// `L1^(1/2) V1^T V2 L2^(1/2)`
  private double[] core(Eigenvectors left, Eigenvectors right) {
    double[] core = new double[width * width];
    for (int i = 0; i < width; i++) {
      for (int j = 0; j < width; j++) {
        double sum = 0;
        for (int k = 0; k < width; k++) {
          sum += left.vectors()[k * width + i] * right.vectors()[k * width + j];
        }
        core[i * width + j] = Math.sqrt(left.values()[i]) * sum * Math.sqrt(right.values()[j]);
      }
    }
    return core;
  }

  /// `V L^(-1/2) U S^(1/2)`, without the directions that the factor does not have.
  private double[] transform(Eigenvectors eigen, double[] vectors, double[] values) {
    int rank = values.length;
    double[] transform = new double[width * rank];
    for (int k = 0; k < width; k++) {
      if (eigen.values()[k] <= SMALLEST_SQUARE * eigen.values()[0]) {
        continue;
      }
      double inverse = 1 / Math.sqrt(eigen.values()[k]);
      for (int i = 0; i < width; i++) {
        for (int j = 0; j < rank; j++) {
          transform[i * rank + j] +=
              eigen.vectors()[i * width + k]
                  * inverse
                  * vectors[k * width + j]
                  * Math.sqrt(values[j]);
        }
      }
    }
    return transform;
  }

  /// Writes factors of that rank, at most the spectrum's: `rows` by `rank`, and `rank` by
  /// `columns`. The factors that were set are used up.
  ///
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
}
