package dev.mokume.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class ToleranceTest {
  private static final Tolerance EXACT = new Tolerance.Exact();
  private static final Tolerance TWO_ULP = new Tolerance.UlpAtOperand(2, DType.F16);

  @Test
  void zerosOfEitherSignAreEqualAndNanEqualsNan() {
    assertThat(EXACT.difference(f32(0f, Float.NaN, 1f), f32(-0f, Float.NaN, 1f), List.of()))
        .isEmpty();
  }

  @Test
  void anExactValueDiffersByItsLastBit() {
    assertThat(EXACT.difference(f32(1f, 1f), f32(1f, Math.nextUp(1f)), List.of()))
        .hasValue("element 1 of 2: expected 1.0, got 1.0000001192092896 (allowed 0.00)");
  }

  @Test
  void anExactValueHasTheSameDtypeAndShape() {
    assertThat(EXACT.difference(f32(1f), f16(1f), List.of()))
        .hasValue("expected dtype F32, got F16");
    GoldenTensor column = new GoldenTensor(DType.F32, Shape.of(1, 1), f32(1f).bytes());
    assertThat(EXACT.difference(f32(1f), column, List.of()))
        .hasValue("expected shape [1], got [1, 1]");
  }

  @Test
  void nanAndInfinityAgreeInPositionAndSign() {
    Tolerance loose = new Tolerance.Relative(1, 1e30);
    float infinity = Float.POSITIVE_INFINITY;
    assertThat(loose.difference(f32(infinity, Float.NaN), f32(infinity, Float.NaN), List.of()))
        .isEmpty();
    assertThat(loose.difference(f32(infinity), f32(-infinity), List.of())).isPresent();
    assertThat(loose.difference(f32(infinity), f32(1f), List.of())).isPresent();
    assertThat(loose.difference(f32(1f), f32(infinity), List.of())).isPresent();
    assertThat(loose.difference(f32(1f), f32(Float.NaN), List.of())).isPresent();
    assertThat(loose.difference(f32(Float.NaN), f32(1f), List.of())).isPresent();
  }

  @Test
  void aRelativeToleranceAddsBothParts() {
    Tolerance tolerance = new Tolerance.Relative(0.25, 0.5);
    assertThat(tolerance.difference(f32(4f, -4f), f32(5.5f, -2.5f), List.of())).isEmpty();
    assertThat(tolerance.difference(f32(4f), f32(5.75f), List.of())).isPresent();
  }

  @Test
  void ulpsAreMeasuredAtTheLargestOperandOfTheElement() {
    float ulpAtOne = 0x1p-10f;
    assertThat(TWO_ULP.difference(f16(1f), f16(1 + 2 * ulpAtOne), List.of())).isEmpty();
    assertThat(TWO_ULP.difference(f16(1f), f16(1 + 3 * ulpAtOne), List.of())).isPresent();
    // The operand 8 has eight times the ulp; it is not this element's in the second case.
    assertThat(TWO_ULP.difference(f16(1f, 1f), f16(1 + 16 * ulpAtOne, 1f), List.of(f16(-8f, 0f))))
        .isEmpty();
    assertThat(TWO_ULP.difference(f16(1f, 1f), f16(1f, 1 + 16 * ulpAtOne), List.of(f16(-8f, 0f))))
        .isPresent();
  }

  @Test
  void anOperandOfAnotherSizeOrThatIsNotFiniteDoesNotCount() {
    GoldenTensor far = f16(1 + 16 * 0x1p-10f);
    assertThat(TWO_ULP.difference(f16(1f), far, List.of(f16(8f, 8f)))).isPresent();
    assertThat(TWO_ULP.difference(f16(1f), far, List.of(f16(Float.POSITIVE_INFINITY)))).isPresent();
  }

  @Test
  void theLeastUlpIsThatOfTheSubnormals() {
    assertThat(Tolerance.ulp(0, DType.F16)).isEqualTo(0x1p-24);
    assertThat(Tolerance.ulp(0x1p-20, DType.F16)).isEqualTo(0x1p-24);
    assertThat(Tolerance.ulp(0x1p-14, DType.F16)).isEqualTo(0x1p-24);
    assertThat(Tolerance.ulp(1.999, DType.F16)).isEqualTo(0x1p-10);
    assertThat(Tolerance.ulp(2, DType.F16)).isEqualTo(0x1p-9);
    assertThat(Tolerance.ulp(0, DType.BF16)).isEqualTo(0x1p-133);
    assertThat(Tolerance.ulp(1, DType.BF16)).isEqualTo(0x1p-7);
  }

  @Test
  void aTensorOfAnotherDtypeThanTheTolerancesIsEqual() {
    assertThat(TWO_ULP.difference(f32(1f), f32(1f), List.of(f32(64f)))).isEmpty();
    assertThat(TWO_ULP.difference(f32(1f), f32(Math.nextUp(1f)), List.of(f32(64f)))).isPresent();
    assertThat(TWO_ULP.difference(f32(1f), f16(1f), List.of()))
        .hasValue("expected dtype F32, got F16");
  }

  @Test
  void oursIsRoundedOnceToTheExpectedDtype() {
    assertThat(TWO_ULP.difference(f16(1f), f32(1 + 2.4f * 0x1p-10f), List.of())).isEmpty();
    assertThat(TWO_ULP.difference(f16(1f), f32(1 + 2.6f * 0x1p-10f), List.of())).isPresent();
    assertThat(GoldenTensor.rounded(1 + 0x1p-8, DType.BF16)).isEqualTo(1);
    assertThat(GoldenTensor.rounded(1 + 3 * 0x1p-8, DType.BF16)).isEqualTo(1 + 0x1p-6);
    assertThat(GoldenTensor.rounded(Double.NaN, DType.BF16)).isNaN();
  }

  static GoldenTensor f32(float... values) {
    return GoldenTensor.ofFloats(Shape.of(values.length), values);
  }

  static GoldenTensor f16(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putShort(Float.floatToFloat16(value));
    }
    return new GoldenTensor(DType.F16, Shape.of(values.length), bytes.array());
  }
}
