package dev.mokume.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ShapeTest {
  @Test
  void elementsAreTheProductOfTheDimensions() {
    assertThat(Shape.of(320, 4, 3, 3).elementCount()).isEqualTo(11_520);
    assertThat(Shape.of(320, 4, 3, 3).rank()).isEqualTo(4);
    assertThat(Shape.of(320, 4, 3, 3).dimension(1)).isEqualTo(4);
  }

  @Test
  void noDimensionsHoldOneElement() {
    assertThat(Shape.of().elementCount()).isEqualTo(1);
    assertThat(Shape.of().rank()).isZero();
    assertThat(Shape.of()).hasToString("[]");
  }

  @Test
  void aDimensionOfZeroHoldsNone() {
    assertThat(Shape.of(7, 0, 5).elementCount()).isZero();
  }

  @Test
  void elementsFitALong() {
    assertThat(Shape.of(Long.MAX_VALUE).elementCount()).isEqualTo(Long.MAX_VALUE);
    assertThatThrownBy(() -> Shape.of(1L << 32, 1L << 31)).isInstanceOf(ArithmeticException.class);
  }

  @Test
  void aNegativeDimensionIsRefused() {
    assertThatThrownBy(() -> Shape.of(2, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a dimension is negative: [2, -1]");
  }

  @Test
  void equalityIsByDimensions() {
    assertThat(Shape.of(2, 3))
        .isEqualTo(Shape.of(2, 3))
        .hasSameHashCodeAs(Shape.of(2, 3))
        .isNotEqualTo(Shape.of(3, 2));
    assertThat(Shape.of(2, 3)).hasToString("[2, 3]");
  }

  @Test
  void theCallersArrayIsCopied() {
    long[] dimensions = {2, 3};
    Shape shape = Shape.of(dimensions);
    dimensions[0] = 9;
    shape.toArray()[1] = 9;
    assertThat(shape).isEqualTo(Shape.of(2, 3));
  }
}
