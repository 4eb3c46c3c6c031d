package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BitOperationsTest {
  private static final float[] VALUES = {-1, -0f, 0, 1, Float.NaN, Float.NEGATIVE_INFINITY};
  private final BitOperations bits = Kernels.scalar().bits();
  private final long[] out = {-1L};

  @Test
  void comparesFromTheLowestBitOn() {
    bits.lessThan(VALUES, 0, out, 6);
    assertThat(out[0]).isEqualTo(0b100001);
    bits.atLeast(VALUES, 0, out, 6);
    assertThat(out[0]).isEqualTo(0b001110);
    bits.greaterThan(VALUES, 0, out, 6);
    assertThat(out[0]).isEqualTo(0b001000);
  }

  @Test
  void givesZeroAndNaNNoSign() {
    bits.hasSign(VALUES, true, out, 6);
    assertThat(out[0]).isEqualTo(0b001000);
    bits.hasSign(VALUES, false, out, 6);
    assertThat(out[0]).isEqualTo(0b100001);
  }

  @Test
  void clearsBitsBeyondTheCount() {
    long[] ones = {-1L};
    long[] none = {0L};
    bits.or(ones, none, out, 3);
    assertThat(out[0]).isEqualTo(0b111);
    bits.andNot(ones, none, out, 3);
    assertThat(out[0]).isEqualTo(0b111);
    bits.xor(ones, none, out, 3);
    assertThat(out[0]).isEqualTo(0b111);
    bits.and(ones, ones, out, 64);
    assertThat(out[0]).isEqualTo(-1L);
    bits.fill(true, out, 5);
    assertThat(out[0]).isEqualTo(0b11111);
    bits.fill(false, out, 5);
    assertThat(out[0]).isZero();
  }

  @Test
  void countsOnlyBitsWithinTheCount() {
    assertThat(bits.cardinality(new long[] {-1L, -1L}, 64)).isEqualTo(64);
    assertThat(bits.cardinality(new long[] {-1L, -1L}, 65)).isEqualTo(65);
    assertThat(bits.cardinality(new long[] {-1L, -1L}, 0)).isZero();
  }
}
