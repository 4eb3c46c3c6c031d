package dev.mokume.internal.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.golden.GoldenNumbers;
import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Rows about their mean have one direction less than there are rows. sd-mecha's rotation of a
/// matrix that is wider than high has as many all the same.
class FloatTurnTest {
  private static final int ROWS = 6;
  private static final int COLUMNS = 40;

  private final float[][] a = rows("m6x40/a");
  private final float[][] b = rows("m6x40/b");

  private static float[][] rows(String tensor) {
    double[] values = GoldenNumbers.of("mecha", "inputs.safetensors", tensor);
    float[][] rows = new float[ROWS][COLUMNS];
    for (int i = 0; i < values.length; i++) {
      rows[i / COLUMNS][i % COLUMNS] = (float) values[i];
    }
    return rows;
  }

  @Test
  void rowsAboutTheirMeanAreTurnedInEveryDirection() {
    assertThat(FloatTurn.between(a, b, 1).from().numCols).isEqualTo(ROWS);
    assertThat(LowRankTurn.between(columns(a, 1), columns(b, 1)).from().numCols)
        .isEqualTo(ROWS - 1);
  }

  @Test
  void butForTheDirectionThatIsLeftOverItIsTheTurnByDefault() {
    LowRankTurn turn = FloatTurn.between(a, b, 1);
    LowRankTurn others = new LowRankTurn(withoutLast(turn.from()), withoutLast(turn.to()));
    requireSame(others, LowRankTurn.between(columns(a, 1), columns(b, 1)));
  }

  private static DMatrixRMaj withoutLast(DMatrixRMaj columns) {
    return CommonOps_DDRM.extract(columns, 0, columns.numRows, 0, columns.numCols - 1);
  }

  @Test
  void rowsOfWhichNoDirectionIsMissingAreTurnedAsByDefault() {
    requireAsByDefault(0.5, ROWS);
  }

  @Test
  void whereMoreThanOneDirectionIsMissingAllThoseAreLeftAloneAsByDefault() {
    a[5] = a[4];
    requireAsByDefault(1, ROWS - 2);
  }

  private void requireAsByDefault(double centralization, int directions) {
    LowRankTurn turn = FloatTurn.between(a, b, centralization);
    LowRankTurn otherwise =
        LowRankTurn.between(columns(a, centralization), columns(b, centralization));
    assertThat(turn.from().numCols).isEqualTo(directions);
    requireSame(turn, otherwise);
  }

  private void requireSame(LowRankTurn turn, LowRankTurn otherwise) {
    for (float[] row : a) {
      double[] x = new double[COLUMNS];
      Arrays.setAll(x, i -> row[i]);
      assertThat(turn.by(1).apply(x)).containsExactly(otherwise.by(1).apply(x), within(1e-6));
    }
  }

  @Test
  void theLastBitOfANumberTurnsTheDirectionThatIsLeftOverByDegrees() {
    double[] direction = leftOver(b);
    double least = 1;
    for (float[] row : b) {
      for (int i = 0; i < COLUMNS; i++) {
        float value = row[i];
        row[i] = Math.nextUp(value);
        least = Math.min(least, cosine(leftOver(b), direction));
        row[i] = value;
      }
    }
    assertThat(least).isCloseTo(Math.cos(Math.toRadians(47)), within(0.01));
    float[][] reversed = Arrays.asList(b).reversed().toArray(float[][]::new);
    assertThat(cosine(leftOver(reversed), direction))
        .isCloseTo(Math.cos(Math.toRadians(88)), within(0.01));
  }

  @ParameterizedTest
  @CsvSource({
    "6, 40, true",
    "7, 1000, true",
    "1, 2, true",
    "8, 40, false",
    "7, 1001, false",
    "6, 11, true",
    "6, 10, false",
    "1, 1, false",
  })
  void onlySmallWideMatricesAreReproduced(int rows, int columns, boolean expected) {
    assertThat(FloatTurn.reproduces(new Rotate.Sides(rows, columns))).isEqualTo(expected);
  }

  /// The last of B's directions.
  private double[] leftOver(float[][] ofB) {
    DMatrixRMaj to = FloatTurn.between(a, ofB, 1).to();
    double[] last = new double[COLUMNS];
    Arrays.setAll(last, i -> to.get(i, ROWS - 1));
    return last;
  }

  private static double cosine(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return Math.abs(sum);
  }

  private static DMatrixRMaj columns(float[][] rows, double centralization) {
    DMatrixRMaj columns = new DMatrixRMaj(COLUMNS, ROWS);
    for (int i = 0; i < COLUMNS; i++) {
      double mean = 0;
      for (float[] row : rows) {
        mean += row[i] / (double) ROWS;
      }
      for (int row = 0; row < ROWS; row++) {
        columns.set(i, row, rows[row][i] - mean * centralization);
      }
    }
    return columns;
  }
}
