package dev.mokume.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.error.MokumeException;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import dev.mokume.tensor.TensorValues;
import org.junit.jupiter.api.Test;

class MatrixTest {
  private static final float NAN = Float.NaN;

  private static TensorValues tensor(Shape shape, float... values) {
    return TensorValues.of(new TensorSpec("w", DType.F32, shape), values);
  }

  private static Matrix whole(Shape shape, float... values) {
    return Matrix.of(tensor(shape, values), Scaling.NONE, Integer.MAX_VALUE, Integer.MAX_VALUE);
  }

  private static float[] scaled(Scaling scaling, float... values) {
    return Matrix.of(tensor(Shape.of(1, values.length), values), scaling, 9, 9).values();
  }

  @Test
  void theFirstDimensionIsTheRowsAndTheOthersAreFolded() {
    Matrix matrix = whole(Shape.of(2, 2, 1, 2), 1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(matrix.rows()).isEqualTo(2);
    assertThat(matrix.columns()).isEqualTo(4);
    assertThat(matrix.values()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(matrix.title()).isEqualTo("Layer: w - [2, 2, 1, 2]");
    assertThat(matrix.isReduced()).isFalse();
  }

  @Test
  void aVectorIsFoldedAndItsLastRowMayEndEarly() {
    Matrix matrix = whole(Shape.of(41), new float[41]);
    assertThat(matrix.rows()).isEqualTo(2);
    assertThat(matrix.columns()).isEqualTo(40);
    assertThat(matrix.values()[40]).isZero();
    assertThat(matrix.values()[41]).isNaN();
  }

  @Test
  void aShortVectorAndASingleNumberAreOneRow() {
    assertThat(whole(Shape.of(3), 1, 2, 3).values()).containsExactly(1, 2, 3);
    assertThat(whole(Shape.of(), 7).values()).containsExactly(7);
  }

  @Test
  void tooManyRowsAndColumnsBecomeMeansOfAreas() {
    Matrix matrix =
        Matrix.of(
            tensor(Shape.of(3, 4), 1, 3, 5, 7, 10, 20, 30, 40, 30, 40, 50, 60), Scaling.NONE, 2, 2);
    // Row 0 alone, then rows 1 and 2; two columns each.
    assertThat(matrix.values()).containsExactly(2, 6, 25, 45);
    assertThat(matrix.folded()).isEqualTo(Shape.of(3, 4));
    assertThat(matrix.isReduced()).isTrue();
  }

  @Test
  void anAreaWithAValueThatIsNotFiniteHasNoMean() {
    Matrix matrix =
        Matrix.of(
            tensor(Shape.of(1, 6), 1, NAN, Float.POSITIVE_INFINITY, 1, 2, 4), Scaling.NONE, 1, 3);
    assertThat(matrix.values()).containsExactly(NAN, NAN, 3);
  }

  @Test
  void scalingsDivideByANumberOfTheWholeTensor() {
    assertThat(scaled(Scaling.NONE, 1, -2, 4)).containsExactly(1, -2, 4);
    assertThat(scaled(Scaling.MEAN, 1, -2, 4)).containsExactly(1, -2, 4);
    assertThat(scaled(Scaling.MAX, 1, -2, 4)).containsExactly(0.25f, -0.5f, 1);
    assertThat(scaled(Scaling.MIN, 1, -2, 4)).containsExactly(-0.5f, 1, -2);
    // The mean is 3, the deviations -2, 0, 2, and sqrt(8 / 3) their root mean square.
    assertThat(scaled(Scaling.STD, 1, 3, 5)[1]).isEqualTo(3 / 1.6329932f, within(1e-6f));
  }

  @Test
  void theLogarithmKeepsTheSignAndZeroHasNone() {
    float e = (float) Math.E;
    float[] logarithms = scaled(Scaling.LOG, e, -e, 1, 0);
    assertThat(logarithms[0]).isEqualTo(1, within(1e-6f));
    assertThat(logarithms[1]).isEqualTo(-1, within(1e-6f));
    assertThat(logarithms[2]).isZero();
    assertThat(logarithms[3]).isNaN();
  }

  @Test
  void dividingByZeroGivesNoNumber() {
    assertThat(scaled(Scaling.MEAN, 1, -1, 0)).containsExactly(NAN, NAN, NAN);
  }

  @Test
  void scalingsHaveNames() {
    assertThat(Scaling.parse("Mean")).isEqualTo(Scaling.MEAN);
    assertThatThrownBy(() -> Scaling.parse("mead"))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "there is no scaling 'mead'; did you mean 'mean'? It is one of none, mean, log, max,"
                + " min, std.");
    assertThatThrownBy(() -> Scaling.parse("quantile"))
        .hasMessage("there is no scaling 'quantile'. It is one of none, mean, log, max, min, std.");
  }

  @Test
  void nothingCannotBeLookedAt() {
    assertThatThrownBy(() -> whole(Shape.of(0, 4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("w has no elements to look at");
  }
}
