package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CliTest {
  @Test
  void withoutACommandItSaysWhichThereAre() {
    Run run = Run.of();

    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .startsWith("Merges neural-network checkpoints")
        .contains("Commands:", "  merge ", "  demo ");
  }

  @Test
  void offersTheNearestCommand() {
    Run run = Run.of("marge");

    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err())
        .isEqualTo(
            "mokume: there is no command 'marge'; did you mean 'merge'?\nTry 'mokume --help'.\n");
  }

  @Test
  void offersTheNearestKindOfMask() {
    Run run = Run.line("mask magnitud a b");

    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err())
        .isEqualTo(
            "mokume mask: there is no command 'magnitud'; did you mean 'magnitude'?\n"
                + "Try 'mokume mask --help'.\n");
  }

  @Test
  void aNumberMustBeOne() {
    Run run = Run.line("merge --method weighted-sum a b --alpha abc -o out");

    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err())
        .isEqualTo("mokume merge: --alpha: 'abc' is not a number\nTry 'mokume merge --help'.\n");
  }

  @Test
  void aDecimalCommaIsToldSo() {
    Run run = Run.line("merge --method weighted-sum a b --alpha 0,35 -o out");

    assertThat(run.err())
        .startsWith(
            "mokume merge: --alpha: '0,35' is not a number; write a point instead of the comma\n");
  }

  @Test
  void jsonHoldsForErrorsOfUsageToo() {
    Run run = Run.line("merge --method weighted-sum a b --alpha abc -o out --json");

    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .isEqualTo(
            "{\"error\":{\"code\":\"USAGE\",\"exitCode\":2,\"messages\":[\"--alpha: 'abc' is not a"
                + " number\"]}}\n");
  }

  @Test
  void tooManyArgumentsAreNotIgnored() {
    Run run = Run.line("inspect a b");

    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err())
        .isEqualTo(
            "mokume inspect: what is 'b' for? The command takes no further argument\n"
                + "Try 'mokume inspect --help'.\n");
  }

  @Test
  void tellsItsVersion() {
    assertThat(Run.of("--version").out()).matches("mokume \\d+\\.\\d+\\.\\d+.*\n");
    assertThat(Run.of("version").out())
        .matches("mokume \\d+\\.\\d+\\.\\d+.*\nJava 25.*, (vector|scalar) kernels.*\n");
    assertThat(Run.line("version --json").out())
        .matches("\\{\"version\":\"\\d.*\",\"java\":\"25.*\",\"vector\":(true|false)}\n");
  }

  @Test
  void printsACompletionScript() {
    Run run = Run.of("completion");

    assertThat(run.code()).isZero();
    assertThat(run.out())
        .startsWith("#!/usr/bin/env bash")
        .contains("_complete_mokume", "--drop-rate", "magnitude");
  }

  @Test
  void listsTheMethods() {
    assertThat(Run.of("methods").out())
        .startsWith(
            """
            Whole models

              weighted-sum
                  (1 - alpha) A + alpha B; w1 A + w2 B + w3 C ..., in this order, with --weights
                  --alpha 0.5, --base, --weights, --seed 1, --normalize off, --sparse, --sparse-density,
                  --sparse-rescale by --sparse
                  model soups, arXiv:2203.05482; mergekit's linear with --normalize on

              add-difference
            """)
        .contains("\n  dare  (changes the U-Net (or the language model))\n")
        .contains("\n  crossover\n", "\n  ties-sum\n");
  }

  @Test
  void explainsAMethodWithItsParameters() {
    assertThat(Run.of("methods", "sum-twice").out())
        .isEqualTo(
            """
            method   sum-twice
            makes    (1 - beta) ((1 - alpha) A + alpha B) + beta C
            changes  the whole model
            models   3
            source   supermerger, sum Twice

            parameter  if not given  may be    what it is
            alpha      0.5           0.0..1.0  the share of B
            beta       0.5           0.0..1.0  the share of C

            Any number may differ from tensor to tensor: --mbw, --gradient, --elemental, --ratio-for.

            Example:
              mokume merge --method sum-twice a b c --set alpha=0.5 -o out.safetensors
            """);
  }
}
