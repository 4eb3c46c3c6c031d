package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ArithmeticTest {
  private final Arithmetic arithmetic = Kernels.scalar().arithmetic();

  @Test
  void blendRoundsEveryOperation() {
    // 0.1f * 3 is 0.30000001192…; fused with the subtraction it would leave a remainder of
    // -7.45e-9.
    float[] out = new float[1];
    arithmetic.blend(new float[] {3}, 0.1f, new float[] {0.1f * 3}, -1, out, 1);
    assertThat(out[0]).isZero();
    assertThat(Math.fma(0.1f, 3f, -(0.1f * 3))).isNotZero();
  }

  @Test
  void selectTakesTheFirstWhereTheBitIsSet() {
    float[] out = new float[3];
    arithmetic.select(new long[] {0b101}, new float[] {1, 2, 3}, new float[] {-1, -2, -3}, out, 3);
    assertThat(out).containsExactly(1, -2, 3);
  }

  @Test
  void trimKeepsWhatIsNotSmaller() {
    float[] out = new float[5];
    arithmetic.trim(new float[] {-2, 1, 2, Float.NaN, -1.5f}, 2, out, 5);
    assertThat(out).containsExactly(-2, 0, 2, Float.NaN, 0);
  }

  @Test
  void writesOverItsInput() {
    float[] a = {1, -2, 4};
    arithmetic.subtract(a, new float[] {1, 1, 1}, a, 3);
    assertThat(a).containsExactly(0, -3, 3);
    arithmetic.absolute(a, a, 2);
    assertThat(a).containsExactly(0, 3, 3);
    arithmetic.divideScalar(a, 2, a, 3);
    assertThat(a).containsExactly(0, 1.5f, 1.5f);
  }
}
