package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// `mokume methods`
class MethodsCommandTest {
  static List<String> ids() {
    return Method.ids();
  }

  @Test
  void oneMethodIsExplained() {
    assertThat(Run.line("methods breadcrumbs").out())
        .isEqualTo(
            """
            method   breadcrumbs
            makes    base + lambda (w1 D1 + w2 D2 ...), D1 the greatest density of A - base after its gamma greatest
            changes  the whole model
            models   1 or more, and --base
            source   Model Breadcrumbs, arXiv:2312.06795

            option       if not given
            --base       needed
            --weights    1 for each model
            --density    1, which keeps all
            --lambda     1
            --gamma      0.01
            --rescale    none
            --mask       none
            --normalize  off

            Any number may differ from tensor to tensor: --mbw, --gradient, --elemental, --ratio-for.

            Example:
              mokume merge --method breadcrumbs a b --base c --weights 1,0.5 --density 0.5 --gamma 0.01 -o out.safetensors
            """);
  }

  @Test
  void anUnknownNameOffersTheNearest() {
    Run run = Run.line("methods tise");
    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err()).startsWith("mokume: there is no method 'tise'; did you mean 'ties'?");
  }

  /// Every row of the list can be explained: nothing that a row needs is empty.
  @ParameterizedTest
  @MethodSource("ids")
  void everyMethodSaysAllOfIt(String id) {
    Method method = Method.parse(id);
    assertThat(method.formula()).isNotBlank();
    assertThat(method.source()).isNotBlank();
    assertThat(method.defaults()).isNotEmpty();
    assertThat(method.defaults().values()).allSatisfy(value -> assertThat(value).isNotBlank());
    assertThat(method.example()).startsWith("mokume merge --method " + id + " ");
    assertThat(Run.line("methods " + id).out()).contains(method.source());
  }
}
