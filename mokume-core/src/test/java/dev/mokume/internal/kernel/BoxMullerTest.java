package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BoxMullerTest {
  private static final double UNIT = 0x1p-53;

  @Test
  void logarithmIsWithinThreeUnitsOfTheLastPlace() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 1_000_000; i++) {
      double x = ((random.nextInt() & 0xFFFF_FFFFL) + 0.5) * 0x1p-32;
      double expected = StrictMath.log(x);
      assertThat(Math.abs(BoxMuller.log(x) - expected))
          .as("log(%s)", x)
          .isLessThanOrEqualTo(-3 * UNIT * expected);
    }
  }

  @Test
  void logarithmIsRightAtTheEnds() {
    assertThat(BoxMuller.log(1)).isZero();
    assertThat(BoxMuller.log(0x1p-33)).isEqualTo(StrictMath.log(0x1p-33));
    assertThat(BoxMuller.log(1 - 0x1p-33)).isEqualTo(StrictMath.log1p(-0x1p-33));
  }

  @Test
  void cosineIsWithinThreeUnits() {
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < 1_000_000; i++) {
      long draw = random.nextInt() & 0xFFFF_FFFFL;
      // The argument of the library's function is itself rounded: up to 2 pi * 2^-53 more.
      assertThat(Math.abs(BoxMuller.cos(draw) - StrictMath.cos(draw * 0x1p-32 * (2 * Math.PI))))
          .as("cos of %d", draw)
          .isLessThanOrEqualTo(8 * UNIT);
    }
  }

  @Test
  void cosineIsExactAtQuarterTurns() {
    assertThat(BoxMuller.cos(0)).isEqualTo(1);
    assertThat(BoxMuller.cos(1L << 30)).isZero();
    assertThat(BoxMuller.cos(1L << 31)).isEqualTo(-1);
    assertThat(BoxMuller.cos(3L << 30)).isZero();
    assertThat(BoxMuller.cos(1L << 29)).isBetween(Math.sqrt(0.5) - UNIT, Math.sqrt(0.5));
    assertThat(BoxMuller.cos(0xFFFF_FFFFL)).isEqualTo(BoxMuller.cos(1));
  }

  @Test
  void deviatesAreBounded() {
    assertThat(BoxMuller.deviate(0, 0)).isBetween(6.76, 6.77);
    assertThat(BoxMuller.deviate(0xFFFF_FFFFL, 0)).isBetween(0.0, 2e-5);
  }
}
