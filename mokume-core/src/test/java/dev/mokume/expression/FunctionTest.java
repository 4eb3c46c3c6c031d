package dev.mokume.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import org.junit.jupiter.api.Test;

class FunctionTest {
  private static double of(Function function, double... arguments) {
    return function.apply(arguments);
  }

  @Test
  void arithmetic() {
    assertThat(of(Function.SQUARE_ROOT, 9)).isEqualTo(3);
    assertThat(of(Function.ADD, 1, 2)).isEqualTo(3);
    assertThat(of(Function.SUBTRACT, 1, 2)).isEqualTo(-1);
    assertThat(of(Function.MULTIPLY, 3, 2)).isEqualTo(6);
    assertThat(of(Function.DIVIDE, 3, 2)).isEqualTo(1.5);
    assertThat(of(Function.DIVIDE, 3, 0)).isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void aZeroIsReplaced() {
    assertThat(of(Function.IF_ZERO, 0, 7)).isEqualTo(7);
    assertThat(of(Function.IF_ZERO, -0.0, 7)).isEqualTo(7);
    assertThat(of(Function.IF_ZERO, 5, 7)).isEqualTo(5);
    assertThat(of(Function.IF_ZERO, Double.NaN, 7)).isNaN();
  }

  @Test
  void sphericalSharesFollowTheSines() {
    // cos 60: at half-way both shares are sin 30 / sin 60.
    double half = 0.5 / Math.sqrt(0.75);
    assertThat(of(Function.SLERP_FIRST, 0.5, 0.5, 0.9995)).isEqualTo(half, offset(1e-15));
    assertThat(of(Function.SLERP_LATER, 0.5, 0.5, 0.9995)).isEqualTo(half, offset(1e-15));
    assertThat(of(Function.SLERP_FIRST, 0.5, 0, 0.9995)).isEqualTo(1);
    assertThat(of(Function.SLERP_LATER, 0.5, 0, 0.9995)).isEqualTo(0);
    assertThat(of(Function.SLERP_LATER, 0, 1, 0.9995)).isEqualTo(1);
  }

  @Test
  void parallelTensorsAreBlendedLinearly() {
    for (double cosine : new double[] {0.9996, -0.9996, 1.0000000001, Double.NaN}) {
      assertThat(of(Function.SLERP_FIRST, cosine, 0.25, 0.9995)).isEqualTo(0.75);
      assertThat(of(Function.SLERP_LATER, cosine, 0.25, 0.9995)).isEqualTo(0.25);
    }
    assertThat(of(Function.SLERP_LATER, 0.9995, 0.25, 0.9995))
        .as("the limit itself is an arc")
        .isNotEqualTo(0.25);
  }

  @Test
  void roundingIsToTheNearestEven() {
    // bf16 keeps eight bits: 1 + 2^-8 is half-way between 1 and 1 + 2^-7, and 1 is even.
    assertThat(of(Function.ROUND_BF16, 1 + 0x1p-8)).isEqualTo(1);
    assertThat(of(Function.ROUND_BF16, 1 + 3 * 0x1p-8)).isEqualTo(1 + 0x1p-6);
    assertThat(of(Function.ROUND_BF16, Double.POSITIVE_INFINITY))
        .isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(of(Function.ROUND_BF16, Double.NaN)).isNaN();
    // f16 keeps eleven.
    assertThat(of(Function.ROUND_F16, 1 + 0x1p-11)).isEqualTo(1);
    assertThat(of(Function.ROUND_F16, 1 + 3 * 0x1p-11)).isEqualTo(1 + 0x1p-9);
    assertThat(of(Function.ROUND_F16, 65_520)).isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void theNumberOfArgumentsIsChecked() {
    assertThatThrownBy(() -> of(Function.ADD, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("ADD takes 2 numbers but was given 1");
  }
}
