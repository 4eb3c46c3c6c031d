package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.tensor.DType;
import org.junit.jupiter.api.Test;

class RandomRoundingTest {
  private static float round(DType dtype, float value, float draw) {
    float[] out = {value};
    RandomRounding.to(dtype).round(out, new float[] {draw}, out, 1);
    return out[0];
  }

  @Test
  void goesUpWhereTheDrawIsBelowThePartThatIsCutOff() {
    // Between 16 and 18 E4M3 has nothing.
    assertThat(round(DType.F8_E4M3, 16.5f, 0.2499f)).isEqualTo(18);
    assertThat(round(DType.F8_E4M3, 16.5f, 0.25f)).isEqualTo(16);
    assertThat(round(DType.F8_E4M3, -16.5f, 0.2499f)).isEqualTo(-18);
    assertThat(round(DType.F8_E4M3, -16.5f, 0.25f)).isEqualTo(-16);
    // Between 1 and 1.25 E5M2 has nothing.
    assertThat(round(DType.F8_E5M2, 1.125f, 0.49f)).isEqualTo(1.25f);
    assertThat(round(DType.F8_E5M2, 1.125f, 0.5f)).isEqualTo(1);
  }

  @Test
  void subnormalsAreFartherApart() {
    float least = 0x1p-9f;
    assertThat(round(DType.F8_E4M3, least / 4, 0.2f)).isEqualTo(least);
    assertThat(round(DType.F8_E4M3, least / 4, 0.25f)).isZero();
    assertThat(round(DType.F8_E4M3, 2.5f * least, 0.49f)).isEqualTo(3 * least);
    assertThat(round(DType.F8_E5M2, 0x1p-17f, 0.49f)).isEqualTo(0x1p-16f);
    assertThat(round(DType.F8_E4M3, Float.MIN_VALUE, 0)).isEqualTo(least);
  }

  @Test
  void whatTheDtypeHasStays() {
    for (DType dtype : new DType[] {DType.F8_E4M3, DType.F8_E5M2}) {
      for (float value : new float[] {0, 1, -1.25f, 0x1p-9f, 448, 0.015625f}) {
        assertThat(round(dtype, value, 0)).isEqualTo(value);
      }
      assertThat(round(dtype, -0f, 0)).isEqualTo(-0f);
    }
  }

  @Test
  void whatIsBeyondIsLeftToTheEncoding() {
    assertThat(round(DType.F8_E4M3, 447.9f, 0)).isEqualTo(448);
    assertThat(round(DType.F8_E4M3, 460, 0)).isEqualTo(460);
    assertThat(round(DType.F8_E5M2, 1e9f, 0)).isEqualTo(1e9f);
    assertThat(round(DType.F8_E4M3, Float.NEGATIVE_INFINITY, 0)).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(round(DType.F8_E4M3, Float.NaN, 0)).isNaN();
  }

  @Test
  void theMeanStays() {
    int count = 1 << 20;
    float[] draws = new float[count];
    Kernels.scalar().draws().uniform(1234, 0, draws, count);
    float[] values = new float[count];
    java.util.Arrays.fill(values, 16.5f);
    RandomRounding.to(DType.F8_E4M3).round(values, draws, values, count);
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    // The deviation of one is 2 * sqrt(0.25 * 0.75) = 0.87; of the mean, 0.00085.
    assertThat(sum / count).isBetween(16.5 - 0.004, 16.5 + 0.004);
  }

  @Test
  void otherDtypesAreNotRoundedAtRandom() {
    assertThatThrownBy(() -> RandomRounding.to(DType.F16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("F16 is not rounded at random");
  }
}
