package dev.mokume.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RepetitionTest {
  @Test
  void whatDoesNotFitIsReadForEachPassButTheFirst() {
    Repetition repetition = new Repetition(470, 3);
    assertThat(repetition.again(300)).isEqualTo(2 * 170);
    assertThat(repetition.again(470)).isZero();
    assertThat(repetition.again(1000)).isZero();
  }

  @Test
  void eachTensorHasTheMemoryForItself() {
    List<Repetition> repetitions = List.of(new Repetition(470, 2), new Repetition(130, 2));
    assertThat(Repetition.again(repetitions, 300)).isEqualTo(170);
  }
}
