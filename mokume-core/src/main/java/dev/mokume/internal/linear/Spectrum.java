package dev.mokume.internal.linear;

/// The singular values of a matrix that two panels stand for, greatest first, and what the panels
/// are to be multiplied with to become its factors. Values that cannot be told from 0 are left out.
public final class Spectrum {
  private final double[] values;
  private final double[] byRows;
  private final double[] byColumns;

  /// @param byRows for the panel of rows: as many rows as the panel has columns, a column a value
  /// @param byColumns for the panel of columns
  Spectrum(double[] values, double[] byRows, double[] byColumns) {
    this.values = values;
    this.byRows = byRows;
    this.byColumns = byColumns;
  }

  /// How many values there are.
  public int rank() {
    return values.length;
  }

  /// The sum of the `rank` greatest values' squares: how much of the matrix's sum of squares
  /// factors of that rank hold.
  public double squares(int rank) {
    double squares = 0;
    for (int i = 0; i < rank; i++) {
      squares += values[i] * values[i];
    }
    return squares;
  }

  /// The smallest rank, at most `most`, with which at least `share` of `whole` is held; `most` or
  /// all there are if none is enough.
  public int rank(double share, double whole, int most) {
    int last = Math.min(most, values.length);
    double held = 0;
    for (int i = 0; i < last; i++) {
      held += values[i] * values[i];
      if (held >= share * whole) {
        return i + 1;
      }
    }
    return last;
  }

  /// How many values are above `limit`, at most `most`.
  public int rankAbove(double limit, int most) {
    int rank = 0;
    while (rank < Math.min(most, values.length) && values[rank] > limit) {
      rank++;
    }
    return rank;
  }

  /// The same with all of each singular value in the factor of the rows.
  public Spectrum onLeft() {
    double[] ofRows = byRows.clone();
    double[] ofColumns = byColumns.clone();
    for (int i = 0; i < ofRows.length; i++) {
      ofRows[i] *= Math.sqrt(values[i % values.length]);
      ofColumns[i] /= Math.sqrt(values[i % values.length]);
    }
    return new Spectrum(values, ofRows, ofColumns);
  }

  double[] byRows(int rank) {
    return firstColumns(byRows, rank);
  }

  double[] byColumns(int rank) {
    return firstColumns(byColumns, rank);
  }

  private double[] firstColumns(double[] matrix, int count) {
    int columns = values.length;
    int rows = columns == 0 ? 0 : matrix.length / columns;
    double[] first = new double[rows * count];
    for (int i = 0; i < rows; i++) {
      System.arraycopy(matrix, i * columns, first, i * count, count);
    }
    return first;
  }
}
