package dev.mokume.internal.linear;

import dev.mokume.internal.kernel.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/// The matrix that comes nearest, in the least squares over the inputs of all models, to what each
/// model's own matrix makes of the inputs of that model: `W = (sum of W_i G_i) (sum of G_i)^-1`,
/// with `G_i` the sum of the products of an input's numbers with each other, over all inputs of
/// model i. Source: RegMean, arXiv:2212.09849. Belongs to one thread.
///
/// It is computed as `W_1 + (sum of (W_i - W_1) G_i) (sum of G_i)^-1`, the same but for rounding:
/// what all models agree on stays as it is to the last bit, however badly the inverse is
/// conditioned. In f64, rounded once; of each G the half on and below the diagonal counts. G's half
/// sum is factored in memory, `W` goes by in strips of rows, for each of which every G but the
/// first one is read again. The bits depend on the elements alone: not on memory or threads.
public final class GramRegression {
  private static final int EDGE = SymmetricTiles.EDGE;

  /// Rows of W at a time.
  private static final int STRIP = 2 * EDGE;

  /// Columns of G that are read at a time.
  private static final int PIECE = 8 * EDGE;

  /// Bytes of the heap that it takes.
  public static final long HEAP_BYTES = 3L << 20;

  /// Of two numbers that should be equal, by the roots of the products of their squares: what half
  /// precision leaves of a sum.
  private static final double ASYMMETRY = 1e-2;

  private final int rows;
  private final int columns;
  private final List<ElementSource> models;
  private final List<Gram> grams;
  private final double offDiagonal;
  private final Kernels kernels;
  private final LongConsumer between;
  private final SymmetricTiles sum;
  private final TileRows differences;
  private final TileRows strip;
  private final float[] line = new float[PIECE];
  private final float[] other = new float[EDGE];
  private final double[] wide = new double[EDGE];
  private final double[] tile = new double[SymmetricTiles.TILE_ELEMENTS];
  private final double[] turned = new double[SymmetricTiles.TILE_ELEMENTS];
  private final double[] piece = new double[EDGE * PIECE];

  /// A Gram matrix, `columns` by `columns`.
  ///
  /// @param weight it is multiplied by, not negative
  public record Gram(ElementSource elements, double weight) {}

  /// Where a row of the result goes, a part at a time.
  @FunctionalInterface
  public interface Result {
    /// @param first element of the result, row by row
    void write(long first, float[] values, int count);
  }

  /// @param models `rows` by `columns` each
  /// @param grams one for each model
  /// @param offDiagonal what the numbers beside a Gram matrix's diagonal are multiplied by, in [0,
  ///   1]
  /// @param memory native, of [#bytes]
  /// @param between called between tiles with the number of products of tiles that come next, of
  ///   [#products] in all; what it throws ends the work
  public GramRegression(
      int rows,
      int columns,
      List<ElementSource> models,
      List<Gram> grams,
      double offDiagonal,
      MemorySegment memory,
      Kernels kernels,
      LongConsumer between) {
    this.rows = rows;
    this.columns = columns;
    this.models = List.copyOf(models);
    this.grams = List.copyOf(grams);
    this.offDiagonal = offDiagonal;
    this.kernels = kernels;
    this.between = between;
    long ofSum = SymmetricTiles.bytes(columns);
    long ofStrip = TileRows.bytes(stripRows(rows), columns);
    this.sum = new SymmetricTiles(columns, memory, kernels, between);
    this.differences = new TileRows(stripRows(rows), columns, memory.asSlice(ofSum));
    this.strip = new TileRows(stripRows(rows), columns, memory.asSlice(ofSum + ofStrip));
  }

  /// Bytes of native memory that it takes: half of an f64 matrix, and two strips.
  public static long bytes(int rows, int columns) {
    return SymmetricTiles.bytes(columns) + 2 * TileRows.bytes(stripRows(rows), columns);
  }

  /// Products of two tiles, which is nearly all that it computes.
  public static long products(int rows, int columns, int models) {
    long across = Math.ceilDiv(columns, EDGE);
    long factor = (across - 1) * across * (across + 1) / 6 + across * (across - 1) / 2;
    long strips = (long) Math.ceilDiv(rows, STRIP) * Math.ceilDiv(stripRows(rows), EDGE);
    return factor + strips * ((models - 1) * across * across + across * (across + 1));
  }

  private static int stripRows(int rows) {
    return Math.min(STRIP, rows);
  }

  /// Adds up the Gram matrices and factors the sum.
  ///
  /// @return what is wrong with them; if nothing is, [#solve] can follow
  public Optional<GramFlaw> factor() {
    for (int gram = 0; gram < grams.size(); gram++) {
      Optional<GramFlaw> flaw = add(gram);
      if (flaw.isPresent()) {
        return flaw;
      }
    }
    for (int row = 0; row < columns; row++) {
      if (sum.diagonal(row) == 0) {
        return Optional.of(new GramFlaw.Unseen(row));
      }
    }
    return sum.factor() ? Optional.empty() : Optional.of(new GramFlaw.Dependent());
  }

  private Optional<GramFlaw> add(int gram) {
    double[] diagonal = new double[columns];
    ElementSource source = grams.get(gram).elements();
    for (int row = 0; row < columns; row++) {
      source.read((long) row * columns + row, other, 1);
      diagonal[row] = other[0];
      if (!Double.isFinite(diagonal[row])) {
        return Optional.of(new GramFlaw.NotFinite(gram, row, row));
      }
      if (diagonal[row] < 0) {
        return Optional.of(new GramFlaw.Negative(gram, row, diagonal[row]));
      }
    }
    for (int band = 0; band < sum.across(); band++) {
      for (int first = 0; first <= band * EDGE; first += PIECE) {
        between.accept(0);
        int across = readPiece(grams.get(gram), band, first);
        for (int i = 0; i < across; i++) {
          int column = first / EDGE + i;
          cut(i, column == band);
          Optional<GramFlaw> flaw = check(gram, band, column, diagonal);
          if (flaw.isPresent()) {
            return flaw;
          }
          weigh(column == band, grams.get(gram).weight());
          sum.add(band, column, tile);
        }
      }
    }
    return Optional.empty();
  }

  private int edge(int band) {
    return Math.min(EDGE, columns - band * EDGE);
  }

  /// Reads up to 8 tiles of a band of a Gram matrix, from column `first` on, up to the diagonal.
  ///
  /// @return how many tiles
  private int readPiece(Gram gram, int band, int first) {
    int count = Math.min(PIECE, Math.min(columns, (band + 1) * EDGE) - first);
    for (int i = 0; i < edge(band); i++) {
      gram.elements().read(((long) band * EDGE + i) * columns + first, line, count);
      for (int j = 0; j < count; j++) {
        piece[i * PIECE + j] = line[j];
      }
    }
    int across = Math.ceilDiv(count, EDGE);
    for (int i = 0; i < EDGE; i++) {
      int from = i < edge(band) ? count : 0;
      Arrays.fill(piece, i * PIECE + from, i * PIECE + across * EDGE, 0);
    }
    return across;
  }

  /// Puts a tile of what was read into `tile`, with zeros beyond the matrix; across the diagonal it
  /// is what is below.
  private void cut(int number, boolean onDiagonal) {
    for (int i = 0; i < EDGE; i++) {
      System.arraycopy(piece, i * PIECE + number * EDGE, tile, i * EDGE, EDGE);
    }
    for (int i = 0; onDiagonal && i < EDGE; i++) {
      for (int j = i + 1; j < EDGE; j++) {
        tile[i * EDGE + j] = tile[j * EDGE + i];
      }
    }
  }

  private Optional<GramFlaw> check(int gram, int band, int column, double[] diagonal) {
    // The tile across the diagonal, row by row; this tile's columns are its rows.
    for (int j = 0; j < edge(column); j++) {
      long row = (long) column * EDGE + j;
      grams.get(gram).elements().read(row * columns + (long) band * EDGE, other, edge(band));
      for (int i = 0; i < edge(band); i++) {
        double value = tile[i * EDGE + j];
        double across = other[i];
        int below = band * EDGE + i;
        if (!Double.isFinite(value) || !Double.isFinite(across)) {
          return Optional.of(
              Double.isFinite(value)
                  ? new GramFlaw.NotFinite(gram, row, below)
                  : new GramFlaw.NotFinite(gram, below, row));
        }
        double size = Math.sqrt(diagonal[below]) * Math.sqrt(diagonal[(int) row]);
        if (!(Math.abs(value - across) <= ASYMMETRY * size)) {
          return Optional.of(new GramFlaw.NotSymmetric(gram, below, row, value, across));
        }
      }
    }
    return Optional.empty();
  }

  private void weigh(boolean onDiagonal, double weight) {
    double beside = offDiagonal * weight;
    for (int i = 0; i < EDGE; i++) {
      double own = onDiagonal ? tile[i * EDGE + i] * weight : 0;
      for (int j = 0; j < EDGE; j++) {
        tile[i * EDGE + j] *= beside;
      }
      if (onDiagonal) {
        tile[i * EDGE + i] = own;
      }
    }
  }

  /// Computes the result, after [#factor] found no flaw.
  public void solve(Result result) {
    for (int first = 0; first < rows; first += STRIP) {
      int count = Math.min(STRIP, rows - first);
      strip.clear();
      for (int model = 1; model < models.size(); model++) {
        readDifferences(models.get(model), first, count);
        addProducts(grams.get(model));
      }
      sum.solve(strip);
      write(first, count, result);
    }
  }

  private void readDifferences(ElementSource model, int first, int count) {
    differences.clear();
    for (int row = 0; row < count; row++) {
      for (int column = 0; column < columns; column += EDGE) {
        int length = Math.min(EDGE, columns - column);
        long start = ((long) first + row) * columns + column;
        model.read(start, line, length);
        models.getFirst().read(start, other, length);
        for (int i = 0; i < length; i++) {
          wide[i] = (double) line[i] - other[i];
        }
        differences.write(row, column, wide, length);
      }
    }
  }

  /// Adds the differences times a Gram matrix to the strip: to each column of tiles in the order of
  /// the rows of G.
  private void addProducts(Gram gram) {
    for (int band = 0; band < sum.across(); band++) {
      for (int first = 0; first <= band * EDGE; first += PIECE) {
        int across = readPiece(gram, band, first);
        int diagonal = (first / EDGE + across == band + 1) ? 1 : 0;
        between.accept((2L * across - diagonal) * strip.tileRows());
        for (int i = 0; i < across; i++) {
          int column = first / EDGE + i;
          cut(i, column == band);
          weigh(column == band, gram.weight());
          strip.addProduct(differences, band, tile, column, kernels);
          if (column < band) {
            turn();
            strip.addProduct(differences, column, turned, band, kernels);
          }
        }
      }
    }
  }

  private void turn() {
    for (int i = 0; i < EDGE; i++) {
      for (int j = 0; j < EDGE; j++) {
        turned[j * EDGE + i] = tile[i * EDGE + j];
      }
    }
  }

  private void write(int first, int count, Result result) {
    for (int row = 0; row < count; row++) {
      for (int column = 0; column < columns; column += EDGE) {
        int length = Math.min(EDGE, columns - column);
        long start = ((long) first + row) * columns + column;
        models.getFirst().read(start, other, length);
        strip.read(row, column, wide, length);
        for (int i = 0; i < length; i++) {
          other[i] = (float) (other[i] + wide[i]);
        }
        result.write(start, other, length);
      }
    }
  }
}
