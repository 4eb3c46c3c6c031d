package dev.mokume.internal.methods;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.TensorMethod;
import dev.mokume.plugin.WholeTensor;
import dev.mokume.tensor.Shape;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/// A turned towards B: the rows of each tensor, as a matrix, by the rotation that brings them
/// nearest to B's (Procrustes), or part of the way. Source: sd-mecha, rotate.
///
/// @param isFloat whether small wide matrices are turned by [FloatTurn]
record Rotate(boolean isFloat) implements TensorMethod {
  Rotate() {
    this(false);
  }

  @Override
  public TensorMethod asItsSource() {
    return new Rotate(true);
  }

  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "rotate",
        "A's rows about their mean, turned by the part alignment of the rotation that brings them"
            + " nearest to B's; before, blended by alpha with B's turned back",
        Models.of("a", "b"),
        List.of(
            Parameter.share("alignment", 1, "how much of the rotation"),
            Parameter.share("alpha", 0, "the share of B in what is turned"),
            Parameter.share("centralization", 1, "how much of the mean is left out of turning")),
        "sd-mecha, rotate");
  }

  /// A tensor as a matrix.
  record Sides(int rows, int columns) {
    /// A convolution's kernel places are its columns.
    static Sides of(Shape shape) {
      boolean convolution = shape.rank() == 4 && shape.dimension(2) * shape.dimension(3) != 1;
      long rows = shape.dimension(0) * (convolution ? shape.dimension(1) : 1);
      return new Sides(
          Math.toIntExact(rows), Math.toIntExact(shape.elementCount() / Math.max(1, rows)));
    }

    boolean isWide() {
      return rows < columns;
    }
  }

  @Override
  public long heapBytes(Setting setting) {
    if (setting.shape().rank() < 2) {
      return 0;
    }
    Sides sides = Sides.of(setting.shape());
    long rows = sides.rows();
    long columns = sides.columns();
    long numbers = sides.isWide() ? 12 * rows * columns + 40 * rows * rows : 12 * columns * columns;
    return Double.BYTES * (numbers + 16 * columns);
  }

  @Override
  public void apply(TensorCall call) {
    Setting setting = call.setting();
    WholeTensor a = call.input(0);
    WholeTensor b = call.input(1);
    WholeTensor out = call.output();
    double alignment = setting.real("alignment");
    double alpha = setting.real("alpha");
    if (alignment == 0 && alpha == 0) {
      out.copyFrom(a);
    } else if (alignment == 1 && alpha == 1) {
      out.copyFrom(b);
    } else if (setting.shape().rank() < 2) {
      for (long i = 0; i < out.count(); i++) {
        out.set(i, (float) ((1 - alpha) * a.get(i) + alpha * b.get(i)));
      }
    } else {
      try {
        turn(call, Sides.of(setting.shape()));
      } catch (ArithmeticException e) {
        throw new MokumeException(
            ErrorCode.INVALID_RECIPE,
            "rotate: %s is turned by half a circle, of which there is no part; let alignment be 0 or 1 for it."
                .formatted(Quoted.name(setting.tensor())),
            e);
      }
    }
  }

  private void turn(TensorCall call, Sides sides) {
    Setting setting = call.setting();
    double alignment = setting.real("alignment");
    double alpha = setting.real("alpha");
    double centralization = setting.real("centralization");
    CentredRows a = new CentredRows(call.input(0), sides.rows(), sides.columns(), centralization);
    CentredRows b = new CentredRows(call.input(1), sides.rows(), sides.columns(), centralization);
    boolean partly = alignment != 0 && alignment != 1;
    Turn turn;
    if (isFloat && FloatTurn.reproduces(sides)) {
      turn = FloatTurn.between(a.asTheyAre(), b.asTheyAre(), centralization);
    } else if (sides.isWide()) {
      turn = LowRankTurn.between(a.transposed(), b.transposed());
    } else {
      turn = FullTurn.between(a, b, partly);
    }
    Turn.Rows forth = turn.by(alignment);
    Turn.Rows back = turn.by(-1);
    float[] line = new float[sides.columns()];
    for (int row = 0; row < sides.rows(); row++) {
      double[] values = a.row(row);
      if (alpha != 0) {
        double[] other = back.apply(b.row(row));
        for (int i = 0; i < values.length; i++) {
          values[i] += alpha * (other[i] - values[i]);
        }
      }
      double[] turned = forth.apply(values);
      for (int i = 0; i < line.length; i++) {
        double centre = a.centre()[i] + alignment * (b.centre()[i] - a.centre()[i]);
        line[i] = (float) (turned[i] + centre);
      }
      call.output().write((long) row * line.length, line, 0, line.length);
    }
  }

  /// A matrix's rows less their mean.
  private static final class CentredRows {
    private final WholeTensor tensor;
    private final int rows;
    private final double[] centre;
    private final float[] line;

    CentredRows(WholeTensor tensor, int rows, int columns, double centralization) {
      this.tensor = tensor;
      this.rows = rows;
      this.line = new float[columns];
      this.centre = new double[columns];
      double[] sums = new double[columns];
      for (int row = 0; row < rows; row++) {
        double[] values = row(row);
        for (int i = 0; i < columns; i++) {
          sums[i] += values[i];
        }
      }
      for (int i = 0; i < columns; i++) {
        centre[i] = sums[i] / rows * centralization;
      }
    }

    double[] centre() {
      return centre;
    }

    double[] row(int row) {
      tensor.read((long) row * line.length, line, 0, line.length);
      double[] values = new double[line.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = line[i] - centre[i];
      }
      return values;
    }

    /// All rows, with their mean.
    float[][] asTheyAre() {
      float[][] all = new float[rows][line.length];
      for (int row = 0; row < rows; row++) {
        tensor.read((long) row * line.length, all[row], 0, line.length);
      }
      return all;
    }

    /// All rows as columns.
    DMatrixRMaj transposed() {
      DMatrixRMaj columns = new DMatrixRMaj(line.length, rows);
      for (int row = 0; row < rows; row++) {
        double[] values = row(row);
        for (int i = 0; i < values.length; i++) {
          columns.set(i, row, values[i]);
        }
      }
      return columns;
    }
  }

  /// Of matrices with at least as many rows as columns: the whole rotation.
  private record FullTurn(DMatrixRMaj rotation) implements Turn {
    /// @param proper whether it must not mirror, since nothing can be mirrored in part
    static FullTurn between(CentredRows a, CentredRows b, boolean proper) {
      int columns = a.centre().length;
      DMatrixRMaj products = new DMatrixRMaj(columns, columns);
      for (int row = 0; row < a.rows; row++) {
        double[] x = a.row(row);
        double[] y = b.row(row);
        for (int i = 0; i < columns; i++) {
          for (int j = 0; j < columns; j++) {
            products.data[i * columns + j] += x[i] * y[j];
          }
        }
      }
      Orthogonal.Svd svd = Orthogonal.Svd.of(products);
      DMatrixRMaj rotation = Orthogonal.timesTransposed(svd.left(), svd.right());
      if (proper && CommonOps_DDRM.det(rotation) < 0) {
        for (int i = 0; i < columns; i++) {
          svd.left().set(i, columns - 1, -svd.left().get(i, columns - 1));
        }
        rotation = Orthogonal.timesTransposed(svd.left(), svd.right());
      }
      return new FullTurn(rotation);
    }

    @Override
    public Rows by(double part) {
      if (part == 0) {
        return row -> row;
      }
      DMatrixRMaj turn = rotation;
      if (part == -1) {
        turn = rotation.copy();
        CommonOps_DDRM.transpose(turn);
      } else if (part != 1) {
        turn = Orthogonal.power(rotation, part);
      }
      DMatrixRMaj chosen = turn;
      return row -> Orthogonal.times(DMatrixRMaj.wrap(1, row.length, row), chosen).data;
    }
  }
}
