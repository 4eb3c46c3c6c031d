package dev.mokume.internal.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class EigenvectorsTest {
  @Test
  void greatestFirst() {
    // (2 1; 1 2) has 3 for (1, 1) and 1 for (1, -1).
    Eigenvectors eigen = Eigenvectors.of(new double[] {2, 1, 1, 2}, 2);
    double half = Math.sqrt(0.5);
    assertThat(eigen.values()).containsExactly(new double[] {3, 1}, within(1e-14));
    assertThat(Math.abs(eigen.vectors()[0])).isCloseTo(half, within(1e-14));
    assertThat(eigen.vectors()[0]).isCloseTo(eigen.vectors()[2], within(1e-14));
    assertThat(eigen.vectors()[1]).isCloseTo(-eigen.vectors()[3], within(1e-14));
  }

  @Test
  void leavesWhatItWasGiven() {
    double[] symmetric = {2, 1, 1, 2};
    Eigenvectors.of(symmetric, 2);
    assertThat(symmetric).containsExactly(2, 1, 1, 2);
  }

  @Test
  void aValueBelowZeroIsRounding() {
    assertThat(Eigenvectors.of(new double[] {1, 0, 0, -1e-17}, 2).values()).containsExactly(1, 0);
  }

  @Test
  void aSingleNumber() {
    Eigenvectors eigen = Eigenvectors.of(new double[] {4}, 1);
    assertThat(eigen.values()).containsExactly(4);
    assertThat(Math.abs(eigen.vectors()[0])).isEqualTo(1);
  }
}
