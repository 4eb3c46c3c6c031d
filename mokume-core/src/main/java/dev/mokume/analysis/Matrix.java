package dev.mokume.analysis;

import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorValues;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/// A tensor as rows and columns that can be looked at.
///
/// The first dimension gives the rows and all others, folded, the columns. A vector is folded into
/// rows of [#foldedWidth], the last of which may end early; a single number is one row of one
/// column. (ComfyUI-DareMerge folds every tensor by such a table, and fails where its element count
/// is not a product of the table's.)
///
/// @param title what is shown, as the node pack says it
/// @param rows at least 1
/// @param columns at least 1
/// @param values row by row; NaN where there is none, or where one that is not finite took part
/// @param folded the rows and columns before they were reduced
public record Matrix(String title, int rows, int columns, float[] values, Shape folded) {
  public Matrix {
    if (rows < 1 || columns < 1 || (long) rows * columns != values.length) {
      throw new IllegalArgumentException(
          rows + " rows of " + columns + " columns were given " + values.length + " values");
    }
  }

  /// Whether each value is the mean of an area.
  public boolean isReduced() {
    return !folded.equals(Shape.of(rows, columns));
  }

  /// A tensor's scaled values, each of which becomes a cell; if there are more rows or columns than
  /// wanted, a cell is the mean of the area that it covers.
  ///
  /// @param mostRows at least 1
  /// @param mostColumns at least 1
  /// @throws IllegalArgumentException if the tensor has no elements
  public static Matrix of(TensorValues tensor, Scaling scaling, int mostRows, int mostColumns) {
    long count = tensor.spec().elementCount();
    if (count == 0) {
      throw new IllegalArgumentException(tensor.spec().name() + " has no elements to look at");
    }
    Shape folded = folded(tensor.spec().shape());
    int rows = (int) Math.min(folded.dimension(0), mostRows);
    int columns = (int) Math.min(folded.dimension(1), mostColumns);
    String title = "Layer: " + tensor.spec().name() + " - " + tensor.spec().shape();
    float[] values = areaMeans(tensor, scaling.of(tensor), folded, rows, columns);
    return new Matrix(title, rows, columns, values, folded);
  }

  /// The columns that a vector of `count` elements is folded into, if it has as many. Source: the
  /// widths of ComfyUI-DareMerge, by which a model's usual vectors become rectangles.
  public static int foldedWidth(long count) {
    if (count <= 320) {
      return 40;
    } else if (count <= 2_560) {
      return 64;
    } else if (count <= 102_400) {
      return 320;
    } else if (count <= 245_760) {
      return 768;
    } else if (count <= 409_600) {
      return 2_560;
    } else if (count <= 819_200) {
      return 640;
    } else if (count <= 921_600) {
      return 960;
    } else if (count <= 1_638_400) {
      return 1_280;
    }
    return 3_840;
  }

  private static Shape folded(Shape shape) {
    if (shape.rank() > 1) {
      return Shape.of(shape.dimension(0), shape.elementCount() / shape.dimension(0));
    }
    long width = Math.min(shape.elementCount(), foldedWidth(shape.elementCount()));
    return Shape.of((shape.elementCount() + width - 1) / width, width);
  }

  private static float[] areaMeans(
      TensorValues tensor, DoubleUnaryOperator scaled, Shape folded, int rows, int columns) {
    long height = folded.dimension(0);
    long width = folded.dimension(1);
    long count = tensor.spec().elementCount();
    float[] means = new float[Math.multiplyExact(rows, columns)];
    double[] sums = new double[columns];
    long[] seen = new long[columns];
    for (int row = 0; row < rows; row++) {
      Arrays.fill(sums, 0);
      Arrays.fill(seen, 0);
      long below = start(row + 1, height, rows);
      for (long y = start(row, height, rows); y < below; y++) {
        for (int column = 0; column < columns; column++) {
          long right = Math.min(start(column + 1, width, columns), count - y * width);
          for (long x = start(column, width, columns); x < right; x++) {
            sums[column] += scaled.applyAsDouble(tensor.value(y * width + x));
            seen[column]++;
          }
        }
      }
      for (int column = 0; column < columns; column++) {
        // An infinity would give its whole area a colour that no number of it has.
        double mean = sums[column] / seen[column];
        means[row * columns + column] = Double.isFinite(mean) ? (float) mean : Float.NaN;
      }
    }
    return means;
  }

  /// Where the part of that number starts, of `size` divided into `parts`.
  private static long start(int part, long size, int parts) {
    return Math.multiplyExact(part, size) / parts;
  }
}
