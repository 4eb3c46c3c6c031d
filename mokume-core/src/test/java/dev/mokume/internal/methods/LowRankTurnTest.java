package dev.mokume.internal.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.golden.GoldenNumbers;
import java.util.Arrays;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;

/// Rows about their mean have one direction less than there are rows. sd-mecha's rotation of a
/// matrix that is wider than high has as many all the same: the last of A's and of B's are what
/// rounding left over. Here they are read off what it returned for two 6 x 40 matrices.
class LowRankTurnTest {
  private static final int ROWS = 6;
  private static final int COLUMNS = 40;

  private final double[][] a = rows("inputs.safetensors", "m6x40/a");
  private final double[][] b = rows("inputs.safetensors", "m6x40/b");
  private final double[] meanA = mean(a);
  private final double[] meanB = mean(b);
  private final LowRankTurn turn = LowRankTurn.between(columns(a, meanA), columns(b, meanB));

  @Test
  void theReferenceTurnsOneDirectionMoreAndIsTheSameOtherwise() {
    assertThat(turn.from().numCols).isEqualTo(ROWS - 1);
    double[][] whole = expected("1.0/0.0/1.0");
    double[][] back = expected("0.0/0.4/1.0");
    double[] leftOfB = direction(whole(turn), whole);
    double[] leftOfA = direction(back(turn), back);
    LowRankTurn theirs = new LowRankTurn(with(turn.from(), leftOfA), with(turn.to(), leftOfB));
    requireSame(whole(theirs), whole);
    requireSame(back(theirs), back);
    // Nothing is read off this one.
    requireSame(half(theirs), expected("0.5/0.0/1.0"));
  }

  @Test
  void theLastBitOfANumberTurnsTheDirectionThatIsLeftOver() {
    float[] direction = leftOver(Arrays.asList(b));
    double[][] other = rows("inputs.safetensors", "m6x40/b");
    other[0][0] = Math.nextUp((float) other[0][0]);
    assertThat(cosine(leftOver(Arrays.asList(other)), direction)).isLessThan(0.9f);
    assertThat(cosine(leftOver(Arrays.asList(b).reversed()), direction)).isLessThan(0.2f);
  }

  // What the cases ask for: alignment, alpha, centralization.

  /// 1, 0, 1.
  private double[][] whole(LowRankTurn turn) {
    Turn.Rows forth = turn.by(1);
    return each((row, i) -> forth.apply(less(a[row], meanA))[i] + meanB[i]);
  }

  /// 0, 0.4, 1.
  private double[][] back(LowRankTurn turn) {
    Turn.Rows back = turn.by(-1);
    return each((row, i) -> {
      double own = a[row][i] - meanA[i];
      return own + 0.4 * (back.apply(less(b[row], meanB))[i] - own) + meanA[i];
    });
  }

  /// 0.5, 0, 1.
  private double[][] half(LowRankTurn turn) {
    Turn.Rows half = turn.by(0.5);
    return each((row, i) -> half.apply(less(a[row], meanA))[i] + (meanA[i] + meanB[i]) / 2);
  }

  private static void requireSame(double[][] found, double[][] expected) {
    for (int row = 0; row < ROWS; row++) {
      assertThat(found[row]).containsExactly(expected[row], within(2e-6));
    }
  }

  /// The one direction in which two results differ.
  private static double[] direction(double[][] ours, double[][] theirs) {
    double[] longest = new double[COLUMNS];
    for (int row = 0; row < ROWS; row++) {
      double[] difference = less(ours[row], theirs[row]);
      if (dot(difference, difference) > dot(longest, longest)) {
        longest = difference;
      }
    }
    return longest;
  }

  /// One column more, at right angles to the others and of length 1.
  private static DMatrixRMaj with(DMatrixRMaj columns, double[] direction) {
    double[] rest = direction.clone();
    for (int column = 0; column < columns.numCols; column++) {
      double[] other = new double[COLUMNS];
      for (int i = 0; i < COLUMNS; i++) {
        other[i] = columns.get(i, column);
      }
      double along = dot(rest, other);
      for (int i = 0; i < COLUMNS; i++) {
        rest[i] -= along * other[i];
      }
    }
    DMatrixRMaj all = new DMatrixRMaj(COLUMNS, columns.numCols + 1);
    CommonOps_DDRM.insert(columns, all, 0, 0);
    double length = Math.sqrt(dot(rest, rest));
    for (int i = 0; i < COLUMNS; i++) {
      all.set(i, columns.numCols, rest[i] / length);
    }
    return all;
  }

  /// The direction of what is left of the last row about the mean after what lies along the others
  /// is taken away, in f32.
  private static float[] leftOver(List<double[]> rows) {
    float[] mean = new float[COLUMNS];
    for (double[] row : rows) {
      for (int i = 0; i < COLUMNS; i++) {
        mean[i] += (float) row[i];
      }
    }
    float[][] directions = new float[ROWS][COLUMNS];
    for (int row = 0; row < ROWS; row++) {
      float[] rest = directions[row];
      for (int i = 0; i < COLUMNS; i++) {
        rest[i] = (float) rows.get(row)[i] - mean[i] / ROWS;
      }
      for (int before = 0; before < row; before++) {
        float along = dot(rest, directions[before]);
        for (int i = 0; i < COLUMNS; i++) {
          rest[i] -= along * directions[before][i];
        }
      }
      float length = (float) Math.sqrt(dot(rest, rest));
      for (int i = 0; i < COLUMNS; i++) {
        rest[i] /= length;
      }
    }
    return directions[ROWS - 1];
  }

  private static float cosine(float[] x, float[] y) {
    return Math.abs(dot(x, y));
  }

  private static float dot(float[] x, float[] y) {
    float sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  private static double[] less(double[] x, double[] y) {
    double[] less = new double[x.length];
    Arrays.setAll(less, i -> x[i] - y[i]);
    return less;
  }

  private static double[] mean(double[][] rows) {
    double[] mean = new double[COLUMNS];
    Arrays.setAll(mean, i -> Arrays.stream(rows).mapToDouble(row -> row[i]).sum() / ROWS);
    return mean;
  }

  private static DMatrixRMaj columns(double[][] rows, double[] mean) {
    DMatrixRMaj columns = new DMatrixRMaj(COLUMNS, ROWS);
    for (int i = 0; i < COLUMNS; i++) {
      for (int row = 0; row < ROWS; row++) {
        columns.set(i, row, rows[row][i] - mean[i]);
      }
    }
    return columns;
  }

  private interface Element {
    double at(int row, int column);
  }

  private static double[][] each(Element element) {
    double[][] rows = new double[ROWS][COLUMNS];
    for (int row = 0; row < ROWS; row++) {
      for (int i = 0; i < COLUMNS; i++) {
        rows[row][i] = element.at(row, i);
      }
    }
    return rows;
  }

  private static double[][] expected(String of) {
    return rows("expected.safetensors", "rotate/m6x40/" + of + "::out");
  }

  private static double[][] rows(String file, String tensor) {
    double[] values = GoldenNumbers.of("mecha", file, tensor);
    return each((row, i) -> values[row * COLUMNS + i]);
  }
}
