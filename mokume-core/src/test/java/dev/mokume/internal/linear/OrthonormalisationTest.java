package dev.mokume.internal.linear;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OrthonormalisationTest {
  @Test
  void scalesAndStraightensColumns() {
    // Columns (2, 0) and (3, 4): the first is halved; the second less 1.5 times the first is
    // (0, 4), of length 4.
    double[] gram = {4, 6, 6, 25};
    assertThat(Orthonormalisation.of(gram, 2)).containsExactly(0.5, -0.375, 0, 0.25);
  }

  @Test
  void takesOutAColumnThatDependsOnThoseBefore() {
    // Columns (1, 0), (2, 0), (0, 3).
    double[] gram = {1, 2, 0, 2, 4, 0, 0, 0, 9};
    assertThat(Orthonormalisation.of(gram, 3)).containsExactly(1, 0, 0, 0, 0, 0, 0, 0, 1 / 3.0);
  }

  @Test
  void makesNothingOfNothing() {
    assertThat(Orthonormalisation.of(new double[4], 2)).containsOnly(0);
  }
}
