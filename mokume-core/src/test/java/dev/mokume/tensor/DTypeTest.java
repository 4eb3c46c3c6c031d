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
        .isEqualTo(new DType(name, bits, kind))
        .isIn(DType.known())
        .hasToString(name);
  }

  @Test
  void anUnknownNameIsKept() {
    DType dtype = DType.of("F128");
    assertThat(dtype).isEqualTo(new DType("F128", 0, DType.Kind.UNKNOWN)).isNotIn(DType.known());
    assertThat(dtype.isBlendable()).isFalse();
    assertThat(dtype.bytes()).isEmpty();
  }

  @Test
  void onlyFloatsAreBlended() {
    assertThat(DType.known().stream().filter(DType::isBlendable))
        .containsExactly(DType.F8_E5M2, DType.F8_E4M3, DType.F16, DType.BF16, DType.F32, DType.F64);
  }

  @Test
  void anElementOfLessThanAByteHasNoWholeBytes() {
    assertThat(DType.F4.bytes()).isEmpty();
    assertThat(DType.F6_E2M3.bytes()).isEmpty();
    assertThat(DType.BF16.bytes()).hasValue(2);
  }
}
