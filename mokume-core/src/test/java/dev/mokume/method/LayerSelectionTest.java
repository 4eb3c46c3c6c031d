package dev.mokume.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Compat;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayerSelectionTest {
  private static final List<String> NAMES =
      List.of(
          "diffusion_model.time_embed.0.weight",
          "diffusion_model.input_blocks.1.0.in_layers.0.weight",
          "diffusion_model.input_blocks.1.0.in_layers.0.bias",
          "diffusion_model.input_blocks.10.0.in_layers.0.weight",
          "diffusion_model.input_blocks.2.1.transformer_blocks.0.attn1.to_v.weight",
          "diffusion_model.output_blocks.0.0.in_layers.0.weight",
          "diffusion_model.out.2.weight",
          "diffusion_model.out.2.bias",
          "model_sampling.sigmas");

  private static List<String> select(String text) {
    return LayerSelection.parse(text, Compat.NONE).select(NAMES);
  }

  private static List<String> daremerge(String text) {
    return LayerSelection.parse(text, Compat.DAREMERGE).select(NAMES);
  }

  @Nested
  class ByDefault {
    @Test
    void aBeginningIsMadeOfWholeSegments() {
      List<String> blockOne =
          List.of(
              "diffusion_model.input_blocks.1.0.in_layers.0.weight",
              "diffusion_model.input_blocks.1.0.in_layers.0.bias");
      assertThat(select("diffusion_model.input_blocks.1")).isEqualTo(blockOne);
      assertThat(select("diffusion_model.input_blocks.1.")).isEqualTo(blockOne);
      assertThat(select("diffusion_model.out"))
          .containsExactly("diffusion_model.out.2.weight", "diffusion_model.out.2.bias");
    }

    @Test
    void aFullNameSelectsItsTensor() {
      assertThat(select("diffusion_model.out.2.weight"))
          .containsExactly("diffusion_model.out.2.weight");
    }

    @ParameterizedTest
    @CsvSource({".bias", "bias", "*.bias", "0.bias,out.2.bias", "'.bias, *.bias'"})
    void anEndingSelectsEveryTensorThatHasIt(String text) {
      assertThat(LayerSelection.parse(".bias", Compat.NONE).select(NAMES))
          .containsExactly(
              "diffusion_model.input_blocks.1.0.in_layers.0.bias", "diffusion_model.out.2.bias");
      assertThat(select(text)).isSubsetOf(select(".bias"));
    }

    @Test
    void aStarIsAnyRunOfCharactersAndTheNameMayGoOnAfterASegment() {
      assertThat(select("*.to_v*"))
          .containsExactly(
              "diffusion_model.input_blocks.2.1.transformer_blocks.0.attn1.to_v.weight");
      assertThat(select("*.to_v")).isEqualTo(select("*.to_v*"));
      assertThat(select("diffusion_model.out*"))
          .hasSize(3)
          .contains("diffusion_model.output_blocks.0.0.in_layers.0.weight");
      assertThat(select("*")).isEqualTo(NAMES);
    }

    @Test
    void commasLinesAndBracesSeparateAndATensorIsSelectedOnce() {
      assertThat(select("diffusion_model.out,\n  diffusion_model.time_embed ,, *.out.*"))
          .containsExactly(
              "diffusion_model.time_embed.0.weight",
              "diffusion_model.out.2.weight",
              "diffusion_model.out.2.bias");
      assertThat(select("diffusion_model.input_blocks.{1, 2}."))
          .hasSize(3)
          .doesNotContain("diffusion_model.input_blocks.10.0.in_layers.0.weight");
      assertThat(select("{diffusion_model.time_embed,diffusion_model.out}")).hasSize(3);
      assertThat(select("diffusion_model.{input_blocks.1{,0},out}.{0,2}.{in_layers.0.,}weight"))
          .containsExactly(
              "diffusion_model.input_blocks.1.0.in_layers.0.weight",
              "diffusion_model.input_blocks.10.0.in_layers.0.weight",
              "diffusion_model.out.2.weight");
    }

    @Test
    void theStoragePrefixOfACheckpointMayBeLeftOut() {
      List<String> stored =
          List.of("model.diffusion_model.out.2.weight", "first_stage_model.out.weight");
      for (String text :
          List.of(
              "model.diffusion_model.out", "diffusion_model.out", "out", "out.*", "out.2.weight")) {
        assertThat(LayerSelection.parse(text, Compat.NONE).select(stored))
            .as(text)
            .containsExactly("model.diffusion_model.out.2.weight");
      }
    }

    @Test
    void anyPatternThatSelectsNothingIsAProblemOfItsOwn() {
      assertThatThrownBy(() -> select("input_blocks.1., nothing.here, diffusion_model.outs"))
          .isInstanceOf(MokumeException.class)
          .hasMessage(
              """
              the layer selection 'input_blocks.1.' (of 'input_blocks.1., nothing.here, diffusion_model.outs') selects \
              none of 9 tensors; did you mean 'diffusion_model.input_blocks.1'?
              the layer selection 'nothing.here' (of 'input_blocks.1., nothing.here, diffusion_model.outs') selects none \
              of 9 tensors.
              the layer selection 'diffusion_model.outs' (of 'input_blocks.1., nothing.here, diffusion_model.outs') \
              selects none of 9 tensors; did you mean 'diffusion_model.out'?\
              """)
          .extracting(e -> ((MokumeException) e).problems().size())
          .isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"diffusion_model.ou?.", "diffusion_model.ou[t]*", "diffusion_modelXout*", "{0}"})
    void nothingButStarsAndBracesHasAMeaning(String text) {
      assertThatThrownBy(() -> select(text))
          .isInstanceOf(MokumeException.class)
          .hasMessageContaining("selects none of 9");
    }

    @Test
    void anEmptySelectionIsRefused() {
      assertThatThrownBy(() -> select(" ,\n"))
          .isInstanceOf(MokumeException.class)
          .hasMessage("a layer selection is empty; name at least one layer, or * for all");
      assertThat(LayerSelection.parse("", Compat.NONE).matches(NAMES)).isEmpty();
    }

    @Test
    void unbalancedBracesAreRefused() {
      assertThatThrownBy(() -> select("a.{b"))
          .isInstanceOf(MokumeException.class)
          .hasMessage(
              "the layer selection 'a.{b' has a '{' without '}' after it; braces hold a list of"
                  + " alternatives, as in input_blocks.{1,2}.0");
      assertThatThrownBy(() -> select("a.b}"))
          .isInstanceOf(MokumeException.class)
          .hasMessageStartingWith("the layer selection 'a.b}' has a '}' without '{' before it;");
    }

    @Test
    void whatBracesStandForIsBounded() {
      String bomb = "{a,b}".repeat(40);
      assertThatThrownBy(() -> select(bomb))
          .isInstanceOf(MokumeException.class)
          .hasMessageContaining("stands for more than 10000 patterns");
      assertThatThrownBy(() -> select("{".repeat(100_000)))
          .isInstanceOf(MokumeException.class)
          .extracting(e -> ((MokumeException) e).code())
          .isEqualTo(ErrorCode.INVALID_RECIPE);
    }
  }

  @Nested
  class UnderDareMerge {
    @Test
    void whiteSpaceIsDeletedEvenBetweenLines() {
      assertThat(daremerge(" diffusion_model . out ")).hasSize(2);
      assertThatThrownBy(() -> daremerge("diffusion_model.time_embed\ndiffusion_model.out"))
          .isInstanceOf(MokumeException.class)
          .hasMessageContaining("selects none of 9 tensors");
    }

    @ParameterizedTest
    @CsvSource(
        value = {
          "diffusion_model.out.2.weight",
          ".bias",
          "*.bias",
          "diffusion_model.input_blocks.{1,2}.",
          "{diffusion_model.time_embed,diffusion_model.out}",
          "{diffusion_model.out.2.weight}",
          "input_blocks.1."
        },
        delimiter = ';')
    void fullNamesEndingsAndBracesSelectNothing(String text) {
      assertThat(LayerSelection.parse(text, Compat.DAREMERGE).matches(NAMES))
          .allSatisfy(match -> assertThat(match.names()).isEmpty());
    }

    @Test
    void patternsThatSelectNothingArePassedOverIfAnotherSelects() {
      assertThat(daremerge("nothing.here,diffusion_model.out")).hasSize(2);
    }

    @Test
    void aTensorThatTwoPatternsSelectComesTwiceInTheOrderOfThePatterns() {
      assertThat(daremerge("diffusion_model.out, *.out.*"))
          .containsExactly(
              "diffusion_model.out.2.weight",
              "diffusion_model.out.2.bias",
              "diffusion_model.out.2.weight",
              "diffusion_model.out.2.bias");
    }

    @Test
    void namesAreThoseThatComfyUiHoldsInMemory() {
      List<String> stored = List.of("model.diffusion_model.out.2.weight");
      assertThat(
              LayerSelection.parse("diffusion_model.out", Compat.DAREMERGE_2024_01).select(stored))
          .isEqualTo(stored);
    }
  }
}
