package dev.mokume.recipe.mergekit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What parameters come to, by depth and by name.
class SettingTest {
  private static Optional<Value> real(double value) {
    return Optional.of(new Value.Real(value));
  }

  @Test
  void joinsTheNumbersOfAGradientByStraightLines() {
    Setting gradient = new Setting.Gradient(List.of(0.0, 0.5, 0.3, 0.7, 1.0));

    assertThat(gradient.at("any", 0)).isEqualTo(real(0));
    assertThat(gradient.at("any", 0.125)).isEqualTo(real(0.25));
    assertThat(gradient.at("any", 0.5)).isEqualTo(real(0.3));
    assertThat(gradient.at("any", 1)).isEqualTo(real(1));
  }

  @Test
  void aGradientOfOneNumberIsThatNumber() {
    assertThat(new Setting.Gradient(List.of(0.4)).at("any", 1)).isEqualTo(real(0.4));
  }

  @Test
  void takesStepsWithoutInterpolation() {
    Setting steps = new Setting.Steps(List.of(new Value.Flag(true), new Value.Flag(false)));

    assertThat(steps.at("any", 0.99)).contains(new Value.Flag(true));
    assertThat(steps.at("any", 1)).contains(new Value.Flag(false));
  }

  @Test
  void takesTheFirstRuleWhoseFilterIsPartOfTheName() {
    Setting filtered =
        new Setting.Filtered(
            List.of(
                new Setting.Rule(Optional.of("attn"), new Setting.Gradient(List.of(1.0, 2.0))),
                new Setting.Rule(Optional.of("self"), new Setting.Constant(new Value.Real(9)))));

    assertThat(filtered.at("layers.1.self_attn.q", 0.5)).isEqualTo(real(1.5));
    assertThat(filtered.at("layers.1.self", 0.5)).isEqualTo(real(9));
    assertThat(filtered.at("layers.1.mlp", 0.5)).isEmpty();
  }
}
