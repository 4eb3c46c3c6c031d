package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DrawsTest {
  /// SplitMix64's words for a start of 0, after its first: the generator steps before it mixes.
  private static final long[] SPLIT_MIX = {
    0xE220A8397B1DCDAFL, 0x6E789E6AA1B965F4L, 0x06C45D188009454FL
  };

  private final Draws draws = Kernels.scalar().draws();

  @Test
  void wordIsSplitMix64() {
    for (int i = 0; i < SPLIT_MIX.length; i++) {
      assertThat(RandomWord.at(0, i + 1)).isEqualTo(SPLIT_MIX[i]);
    }
  }

  @Test
  void evenElementsHaveTheLowerHalf() {
    float[] out = new float[4];
    draws.uniform(0, 2, out, 4);
    assertThat(out)
        .containsExactly(
            0x7B1DCD * 0x1p-24f, 0xE220A8 * 0x1p-24f, 0xA1B965 * 0x1p-24f, 0x6E789E * 0x1p-24f);
  }

  @Test
  void keepsDrawsBelowTheLimit() {
    long[] out = new long[1];
    draws.keep(0, 2, 0x7B1DCDAFL, out, 4);
    assertThat(out[0]).isEqualTo(0b1000);
    draws.keep(0, 2, 0x7B1DCDB0L, out, 4);
    assertThat(out[0]).isEqualTo(0b1001);
    draws.keep(0, 2, 0, out, 4);
    assertThat(out[0]).isZero();
    draws.keep(0, 2, 1L << 32, out, 4);
    assertThat(out[0]).isEqualTo(0b1111);
  }

  @Test
  void quartersAreTheUpperTwoBits() {
    long[] out = new long[1];
    // 0x7B… is 1, 0xE2… is 3, 0xA1… is 2, 0x6E… is 1.
    draws.quarter(0, 2, 1, out, 4);
    assertThat(out[0]).isEqualTo(0b1001);
    draws.quarter(0, 2, 3, out, 4);
    assertThat(out[0]).isEqualTo(0b0010);
    draws.quarter(0, 2, 0, out, 4);
    assertThat(out[0]).isZero();
  }

  @Test
  void deviateTakesBothHalvesOfItsOwnWord() {
    float[] out = new float[1];
    draws.normal(0, 2, 10, 0.5, out, 1);
    assertThat(out[0]).isEqualTo((float) (10 + 0.5 * BoxMuller.deviate(0xA1B965F4L, 0x6E789E6AL)));
  }

  @Test
  void anyStartGivesTheSameElements() {
    float[] whole = new float[1000];
    float[] part = new float[400];
    draws.uniform(5, 0, whole, 1000);
    draws.uniform(5, 600, part, 400);
    assertThat(part).isEqualTo(java.util.Arrays.copyOfRange(whole, 600, 1000));
    draws.normal(5, 0, 0, 1, whole, 1000);
    draws.normal(5, 600, 0, 1, part, 400);
    assertThat(part).isEqualTo(java.util.Arrays.copyOfRange(whole, 600, 1000));
  }
}
