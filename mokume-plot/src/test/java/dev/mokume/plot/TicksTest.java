package dev.mokume.plot;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TicksTest {
  @Test
  void areRoundNumbersWithinTheRange() {
    assertThat(Ticks.of(0, 1, 5)).containsExactly(0.0, 0.2, 0.4, 0.6, 0.8);
    assertThat(Ticks.of(-0.31, 0.29, 4)).containsExactly(-0.2, 0.0, 0.2);
    assertThat(Ticks.of(1999, 5001, 4)).containsExactly(2000.0, 3000.0, 4000.0, 5000.0);
  }

  @Test
  void areSaidInAsFewCharactersAsTheyNeed() {
    assertThat(Ticks.label(0)).isEqualTo("0");
    assertThat(Ticks.label(-0.0)).isEqualTo("0");
    assertThat(Ticks.label(0.30)).isEqualTo("0.3");
    assertThat(Ticks.label(-2500)).isEqualTo("-2500");
    assertThat(Ticks.label(1.5e-9)).isEqualTo("1.5e-9");
    assertThat(Ticks.label(2e6)).isEqualTo("2e6");
  }
}
