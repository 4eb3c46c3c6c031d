package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// What a bench refuses before it writes anything. What it measures is no matter of tests.
class BenchCommandTest {
  @Test
  void whatDoesNotGoTogetherIsToldAtOnce() {
    Run run = Run.of("bench", "--cold", "--case", "dare", "--peer", "cp {A} {OUT}", "--runs", 0);

    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err())
        .contains("--case is for what is not --cold, which always measures the same processes.")
        .contains("--peer is for what is not --cold.")
        .contains("--runs must be in 1..1000 but was 0.");
  }

  @Test
  void unknownCasesAndDtypesOfferTheNearest() {
    Run run = Run.of("bench", "--case", "linaer", "--dtype", "f8");

    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err())
        .contains(
            "--case: there is no 'linaer'; did you mean 'linear'? Choose from linear, dare,"
                + " dare-ties-mask, ties, quantile.")
        .contains("--dtype: nothing is measured of 'f8'")
        .contains("Choose from F16, BF16, F32.");
  }
}
