package dev.mokume.internal.random;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RandomKeyTest {
  @Test
  void isTheStartOfASha256() {
    // printf '\0\0\0\0\0\0\0\1a\0b' | sha256sum
    assertThat(RandomKey.of(1, "a", "b")).isEqualTo(0x9fc5e6a0d7c32d96L);
    assertThat(RandomKey.of(-7, "é", "model.weight")).isEqualTo(0x24308df124bea202L);
  }

  @Test
  void separatesItsParts() {
    assertThat(RandomKey.of(1, "a", "b"))
        .isNotEqualTo(RandomKey.of(1, "", "ab"))
        .isNotEqualTo(RandomKey.of(2, "a", "b"));
  }
}
