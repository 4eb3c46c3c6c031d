package dev.mokume.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DTypeTest {
  @ParameterizedTest
  @CsvSource({
    "BOOL, 8, BOOLEAN", "F4, 4, PACKED", "F6_E2M3, 6, PACKED", "F6_E3M2, 6, PACKED",
        "U8, 8, INTEGER",
    "I8, 8, INTEGER", "F8_E5M2, 8, FLOAT", "F8_E4M3, 8, FLOAT", "F8_E8M0, 8, PACKED",
        "F8_E4M3FNUZ, 8, PACKED",
    "F8_E5M2FNUZ, 8, PACKED", "I16, 16, INTEGER", "U16, 16, INTEGER", "F16, 16, FLOAT",
        "BF16, 16, FLOAT",
    "I32, 32, INTEGER", "U32, 32, INTEGER", "F32, 32, FLOAT", "C64, 64, COMPLEX", "F64, 64, FLOAT",
    "I64, 64, INTEGER", "U64, 64, INTEGER",
  })
  void everyDtypeOfTheFormatIsKnown(String name, int bits, DType.Kind kind) {
    assertThat(DType.of(name))
        .isEqualTo(new DType(name, Packing.ofBits(bits), kind))
        .isIn(DType.known())
        .hasToString(name);
  }

  @Test
  void anUnknownNameIsKept() {
    DType dtype = DType.of("F128");
    assertThat(dtype)
        .isEqualTo(new DType("F128", Packing.UNKNOWN, DType.Kind.UNKNOWN))
        .isNotIn(DType.known());
    assertThat(dtype.isBlendable()).isFalse();
    assertThat(dtype.bytes()).isEmpty();
  }

  @Test
  void onlyFloatsAndQuantisedBlocksAreBlended() {
    assertThat(DType.known().stream().filter(DType::isBlendable).map(DType::name))
        .containsExactly(
            "F8_E5M2", "F8_E4M3", "F16", "BF16", "F32", "F64", "Q4_0", "Q4_1", "Q5_0", "Q5_1",
            "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS");
  }

  @ParameterizedTest
  @CsvSource({
    "Q4_0, 32, 18, Q4_0",
    "Q4_1, 32, 20, Q5_0",
    "Q5_0, 32, 22, Q5_0",
    "Q5_1, 32, 24, Q8_0",
    "Q8_0, 32, 34, Q8_0",
    "IQ4_NL, 32, 18, Q4_0",
    "Q2_K, 256, 84, Q4_K",
    "Q3_K, 256, 110, Q4_K",
    "Q4_K, 256, 144, Q4_K",
    "Q5_K, 256, 176, Q5_K",
    "Q6_K, 256, 210, Q6_K",
    "IQ4_XS, 256, 136, Q4_K"
  })
  void blocksOfGgufHoldElementsInBytesAndAreWrittenAsTheNextThatIsNoSmaller(
      String name, int elements, int bytes, String written) {
    DType dtype = DType.of(name);
    assertThat(dtype)
        .isEqualTo(new DType(name, new Packing(elements, bytes), DType.Kind.QUANTISED));
    assertThat(dtype.isBlockwise()).isTrue();
    assertThat(dtype.bits()).isZero();
    assertThat(dtype.bytes()).isEmpty();
    assertThat(dtype.encodable()).contains(DType.of(written));
    assertThat(dtype.isEncodable()).isEqualTo(name.equals(written));
  }

  @ParameterizedTest
  @CsvSource({"MXFP4, 32, 17", "IQ2_XXS, 256, 66", "IQ1_M, 256, 56", "TQ2_0, 256, 66"})
  void otherBlocksAreOnlyToldByName(String name, int elements, int bytes) {
    DType dtype = DType.of(name);
    assertThat(dtype).isEqualTo(new DType(name, new Packing(elements, bytes), DType.Kind.PACKED));
    assertThat(dtype.encodable()).isEmpty();
  }

  @Test
  void aTensorFallsIntoBlocksAsAWholeOrRowByRow() {
    assertThat(DType.F4.fits(Shape.of(3, 2))).isTrue();
    assertThat(DType.F4.fits(Shape.of(3))).isFalse();
    assertThat(DType.F6_E2M3.fits(Shape.of(2, 2))).isTrue();
    assertThat(DType.F32.fits(Shape.of())).isTrue();
    assertThat(DType.Q8_0.fits(Shape.of(3, 64))).isTrue();
    assertThat(DType.Q8_0.fits(Shape.of(64, 3))).isFalse();
    assertThat(DType.Q8_0.fits(Shape.of())).isFalse();
    assertThat(DType.of("F128").fits(Shape.of(1))).isFalse();
  }

  @Test
  void anElementOfLessThanAByteHasNoWholeBytes() {
    assertThat(DType.F4.bytes()).isEmpty();
    assertThat(DType.F6_E2M3.bytes()).isEmpty();
    assertThat(DType.BF16.bytes()).hasValue(2);
  }
}
