package dev.mokume.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AxisTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          seed=1..4          | 1,2,3,4
          seed=-1..1         | -1,0,1
          alpha=0.2,0.4      | 0.2,0.4
          alpha=0.20, 1.0    | 0.2,1
          alpha=0..1:0.25    | 0,0.25,0.5,0.75,1
          alpha=0.1..0.35:.1 | error
          alpha=0.1..0.35:0.1| 0.1,0.2,0.3
          seed=7,1..2        | 7,1,2
          drop-rate=1e-3     | 0.001
          """)
  void readsNumbersAndRanges(String text, String values) {
    if (values.equals("error")) {
      assertThatThrownBy(() -> Axis.parse(text)).hasMessageContaining("'0.1..0.35:.1'");
    } else {
      assertThat(Axis.parse(text).labels()).containsExactly(values.split(","));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          seed          | 'seed' does not say what to vary; write NAME=VALUES, as in seed=1..8, alpha=0.2,0.4 or density=0.1..0.5:0.1.
          seed=         | 'seed=' does not say what to vary; write NAME=VALUES, as in seed=1..8, alpha=0.2,0.4 or density=0.1..0.5:0.1.
          seed=one      | 'seed' cannot be 'one'; write numbers with commas between, a range of whole numbers as in 1..8, or one with steps as in 0.1..0.5:0.1.
          seed=4..1     | 'seed' has the range 4..1, which is empty; ranges rise, by a step above 0.
          alpha=0..1:0  | 'alpha' has the range 0..1:0, which is empty; ranges rise, by a step above 0.
          alpha=0.1..1  | 'alpha' has the range 0.1..1 without a step; write 0.1..1:0.1 or another.
          seed=1,1.0    | 'seed' has the value 1 twice.
          seed=1..9999999999 | 'seed' has more than a million values.
          """)
  void tellsWhatIsWrong(String text, String message) {
    assertThatThrownBy(() -> Axis.parse(text)).hasMessage(message);
  }

  @Test
  void aRangeHasExactSteps() {
    assertThat(Axis.parse("x=0..1:0.1").labels())
        .containsExactly("0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1");
  }
}
