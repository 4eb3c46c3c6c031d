package dev.mokume.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SampleTest {
  private static final long RUN = Sample.RUN;

  @Test
  void isOneRunOfSoMany() {
    Sample sample = new Sample(4, 1);

    assertThat(sample.has(RUN - 1)).isFalse();
    assertThat(sample.has(RUN)).isTrue();
    assertThat(sample.has(2 * RUN - 1)).isTrue();
    assertThat(sample.has(2 * RUN)).isFalse();
    assertThat(sample.has(5 * RUN)).isTrue();
  }

  @Test
  void isGoneThroughRunByRun() {
    Sample sample = new Sample(4, 1);

    assertThat(sample.next(0)).isEqualTo(RUN);
    assertThat(sample.next(RUN + 7)).isEqualTo(RUN + 7);
    assertThat(sample.end(RUN + 7)).isEqualTo(2 * RUN);
    assertThat(sample.next(2 * RUN)).isEqualTo(5 * RUN);
  }

  @Test
  void hasTheLastRunAsFarAsItGoes() {
    Sample sample = new Sample(4, 1);

    assertThat(sample.elements(RUN)).isZero();
    assertThat(sample.elements(RUN + 3)).isEqualTo(3);
    assertThat(sample.elements(5 * RUN)).isEqualTo(RUN);
    assertThat(sample.elements(8 * RUN)).isEqualTo(2 * RUN);
    assertThat(new Sample(1, 0).elements(8 * RUN + 1)).isEqualTo(8 * RUN + 1);
  }

  @Test
  void theSamplesOfAllPhasesAreTheTensor() {
    long count = 11 * RUN + 5;
    long together = 0;
    for (int phase = 0; phase < 3; phase++) {
      together += new Sample(3, phase).elements(count);
    }
    assertThat(together).isEqualTo(count);
  }

  @Test
  void refusesAPhaseThatThereIsNot() {
    assertThatThrownBy(() -> new Sample(4, 4)).hasMessage("no sample is run 4 of 4");
  }
}
