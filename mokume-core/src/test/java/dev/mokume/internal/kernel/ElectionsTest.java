package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ElectionsTest {
  private static final float[][] TERMS = {
    {2, 1, 1, 0, Float.NaN, 1}, {-3, -1, 2, -4, 5, 1}, {0, 0, -1, 0, 1, -9}
  };
  private static final float[] WEIGHTS = {1, 0.5f, 0.25f};
  private final Elections elections = Kernels.scalar().elections();
  private final float[] out = new float[6];

  private float[] elect(boolean byCount, boolean evenIsPlus, Elections.Take take) {
    elections.elect(TERMS, WEIGHTS, byCount, evenIsPlus, take, out, 6);
    return out;
  }

  @Test
  void theSignOfTheSumWins() {
    // Sums -1, 0, 2, -4, NaN, -7; a vote that is no number elects minus.
    assertThat(elect(false, true, Elections.Take.SUM)).containsExactly(-3, 1, 3, -4, 0, -9);
    assertThat(elect(false, true, Elections.Take.WEIGHT))
        .containsExactly(0.5f, 1, 1.5f, 0.5f, 1, 0.25f);
    assertThat(elect(false, true, Elections.Take.MEAN)).containsExactly(-6, 1, 2, -8, 0, -36);
  }

  @Test
  void theSignOfMoreTermsWins() {
    // Even, even, +1, -1, +2 and +1; NaN has no vote.
    assertThat(elect(true, true, Elections.Take.SUM)).containsExactly(2, 1, 3, -4, 6, 2);
  }

  @Test
  void anEvenVoteGoesWhereItIsTold() {
    assertThat(elect(false, false, Elections.Take.SUM)).containsExactly(-3, -1, 3, -4, 0, -9);
    assertThat(elect(true, false, Elections.Take.SUM)).containsExactly(-3, -1, 3, -4, 6, 2);
  }

  @Test
  void theResultMayReplaceATerm() {
    float[][] terms = {{1, 5}, {2, -6}};
    elections.elect(terms, new float[] {1, 1}, false, true, Elections.Take.SUM, terms[0], 2);
    assertThat(terms[0]).containsExactly(3, -6);
  }
}
