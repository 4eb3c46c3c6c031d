package dev.mokume.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackingTest {
  @ParameterizedTest
  @CsvSource({"1, 8, 1", "4, 2, 1", "6, 4, 3", "8, 1, 1", "16, 1, 2", "64, 1, 8", "0, 1, 0"})
  void elementsOfSoManyBitsShareTheLeastBlockOfWholeBytes(int bits, int elements, int bytes) {
    assertThat(Packing.ofBits(bits)).isEqualTo(new Packing(elements, bytes));
  }

  @Test
  void theLastBlockCountsWhole() {
    assertThat(Packing.BITS.bytes(0)).isZero();
    assertThat(Packing.BITS.bytes(8)).isEqualTo(1);
    assertThat(Packing.BITS.bytes(9)).isEqualTo(2);
    assertThat(new Packing(32, 34).bytes(4096)).isEqualTo(4352);
    assertThat(new Packing(1, 8).bytes(1L << 59)).isEqualTo(1L << 62);
    assertThatThrownBy(() -> new Packing(1, 8).bytes(1L << 60))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void aBlockIsAPowerOfTwoOfElements() {
    assertThatThrownBy(() -> new Packing(24, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("24 elements in 3 bytes");
  }
}
