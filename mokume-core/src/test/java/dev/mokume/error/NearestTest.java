package dev.mokume.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
  private static final List<String> BLOCKS = List.of("IN00", "IN01", "M00", "OUT00", "OUT11");

  @Test
  void aSlipIsCorrected() {
    assertThat(Nearest.to("OUT1l", BLOCKS)).hasValue("OUT11");
    assertThat(Nearest.to("out00", BLOCKS)).as("case does not count").hasValue("OUT00");
  }

  @Test
  void twoLettersTheWrongWayRoundAreOneSlip() {
    assertThat(Nearest.to("alhpa", List.of("alpha"))).hasValue("alpha");
    assertThat(Nearest.to("mwb", List.of("mbw"))).hasValue("mbw");
    assertThat(Nearest.to("ba", List.of("ab"))).as("1 of 2").isEmpty();
  }

  @Test
  void theFirstOfEquallyNearNamesWins() {
    assertThat(Nearest.to("IN0", BLOCKS)).hasValue("IN00");
  }

  @Test
  void aNameThatIsFarFromAllHasNone() {
    assertThat(Nearest.to("transformer", BLOCKS)).isEmpty();
    assertThat(Nearest.to("", BLOCKS)).isEmpty();
    assertThat(Nearest.to("IN00", List.of())).isEmpty();
  }

  @Test
  void aThirdOfTheLongerNameIsTheMostThatMayDiffer() {
    assertThat(Nearest.to("abcxyz", List.of("abcdyz"))).as("1 of 6").hasValue("abcdyz");
    assertThat(Nearest.to("abcxyz", List.of("abxxyy"))).as("2 of 6").hasValue("abxxyy");
    assertThat(Nearest.to("abcxyz", List.of("zzzxyz"))).as("3 of 6").isEmpty();
  }

  @Test
  void aSuggestionIsReadyToBeAppended() {
    assertThat(Nearest.suggestion("OUT1l", BLOCKS)).isEqualTo("; did you mean 'OUT11'?");
    assertThat(Nearest.suggestion("nothing near", BLOCKS)).isEmpty();
  }

  @Test
  void aSentenceAboutAnUnknownNameEndsEitherWay() {
    assertThat(Nearest.ending("IN0", BLOCKS)).isEqualTo("; did you mean 'IN00'?");
    assertThat(Nearest.ending("transformer", BLOCKS)).isEqualTo(".");
    assertThat(Nearest.suggestion("transformer", BLOCKS)).isEmpty();
  }
}
