package dev.mokume.example;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MergeTwoTest {
  @Test
  void runsOnTheModulePath() {
    assertThat(MergeTwo.class.getModule().getName()).isEqualTo("dev.mokume.example");
    assertThat(MergeTwo.bitsPerWeight()).isEqualTo(16);
  }
}
