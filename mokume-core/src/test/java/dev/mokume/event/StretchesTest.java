package dev.mokume.event;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StretchesTest {
  private final Stretches stretches = new Stretches();

  @Test
  void areNoTimeIfThereAreNone() {
    assertThat(stretches.total()).isZero();
    assertThat(stretches.union()).isZero();
  }

  /// 10 to 30 and 50 to 60: what overlaps counts once.
  @Test
  void countWhatOverlapsOnce() {
    stretches.add(50, 60);
    stretches.add(10, 20);
    stretches.add(15, 30);
    stretches.add(16, 18);

    assertThat(stretches.total()).isEqualTo(10 + 10 + 15 + 2);
    assertThat(stretches.union()).isEqualTo(20 + 10);
  }

  /// One that lasts as long as many others together.
  @Test
  void doNotCountGapsThatAnotherFills() {
    for (int i = 0; i < 100; i++) {
      stretches.add(10 * i, 10 * i + 1);
    }
    assertThat(stretches.union()).isEqualTo(100);

    stretches.add(0, 991);
    assertThat(stretches.union()).isEqualTo(991);
  }

  @Test
  void mayTouch() {
    stretches.add(0, 5);
    stretches.add(5, 9);

    assertThat(stretches.union()).isEqualTo(9);
  }
}
