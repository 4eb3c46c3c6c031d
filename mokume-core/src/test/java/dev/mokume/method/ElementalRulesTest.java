package dev.mokume.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.architecture.Architectures;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Ratio;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Elemental rules as people paste them, on a few tensors of an SD 1.x checkpoint.
class ElementalRulesTest {
  private static final String UNET = "model.diffusion_model.";
  private static final List<String> TENSORS =
      List.of(
          UNET + "time_embed.0.weight",
          UNET + "input_blocks.4.1.transformer_blocks.0.attn1.to_q.weight",
          UNET + "output_blocks.5.1.transformer_blocks.0.attn2.to_k.weight",
          UNET + "output_blocks.5.1.transformer_blocks.0.ff.net.2.weight",
          UNET + "output_blocks.11.0.in_layers.0.weight",
          UNET + "out.2.bias",
          "cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight");

  private static LayerRatios resolve(String rules, Optional<Ratio> otherwise) {
    List<TensorSpec> specs =
        TENSORS.stream().map(name -> new TensorSpec(name, DType.F16, Shape.of(4))).toList();
    return LayerRatios.resolve(
        new Ratio.Elemental(rules, otherwise),
        RatioContext.of(TENSORS, new LinkedHashMap<>(), Compat.NONE, Architectures.detect(specs)));
  }

  /// Numbers in the order of the tensors, with 0 where no rule says more.
  private static String row(String rules) {
    Map<String, Double> numbers = resolve(rules, Optional.of(new Ratio.Constant(0))).values();
    return TENSORS.stream()
        .map(name -> String.valueOf(numbers.get(name)))
        .collect(Collectors.joining(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // time IN04.attn1 OUT05.attn2 OUT05.ff OUT11 out text
        "OUT05:attn2:0.5           | 0.0 0.0 0.5 0.0 0.0 0.0 0.0",
        "OUT05::0.5                | 0.0 0.0 0.5 0.5 0.0 0.0 0.0",
        ":attn:0.5                 | 0.0 0.5 0.5 0.0 0.0 0.0 0.0",
        "::0.5                     | 0.5 0.5 0.5 0.5 0.5 0.5 0.5",
        "IN04 OUT05:attn1 ff:0.5   | 0.0 0.5 0.0 0.5 0.0 0.0 0.0",
        "IN04-OUT05:attn:0.5       | 0.0 0.5 0.5 0.0 0.0 0.0 0.0",
        // The later rule counts.
        "OUT05::0.5,OUT05:attn2:1  | 0.0 0.0 1.0 0.5 0.0 0.0 0.0",
        // After NOT it is all but those.
        "NOT OUT05:attn:0.5        | 0.0 0.5 0.0 0.0 0.0 0.0 0.0",
        "OUT05:NOT attn proj:0.5   | 0.0 0.0 0.0 0.5 0.0 0.0 0.0",
        // BASE is what has no number of its own in a row; the final layers go with OUT11.
        "BASE::0.5                 | 0.5 0.0 0.0 0.0 0.0 0.0 0.5",
        "NOT BASE::0.5             | 0.0 0.5 0.5 0.5 0.5 0.5 0.0",
        "OUT11::0.5                | 0.0 0.0 0.0 0.0 0.5 0.5 0.0",
        "' IN04 : attn1 : .5 '     | 0.0 0.5 0.0 0.0 0.0 0.0 0.0",
        "OUT05:attn2:-1.5e0        | 0.0 0.0 -1.5 0.0 0.0 0.0 0.0",
      })
  void aRuleIsBlocksElementsAndANumber(String rules, String numbers) {
    assertThat(row(rules)).isEqualTo(numbers);
  }

  @Test
  void rulesStandOnLinesAsWell() {
    assertThat(row("OUT05:attn2:1\n\nIN04::0.5,\r\nBASE::0.25\n"))
        .isEqualTo("0.25 0.5 1.0 0.0 0.0 0.0 0.25");
  }

  @Test
  void whatNoRuleSelectsHasNoNumberByItself() {
    assertThat(resolve("OUT05:ff:0.5", Optional.empty()).values())
        .containsExactly(Map.entry(TENSORS.get(3), 0.5));
  }

  @Test
  void aRuleThatSelectsNothingIsNoted() {
    assertThat(resolve("IN04:attn3:1", Optional.empty()).notes())
        .containsExactly("The elemental rule 'IN04:attn3:1' selects no tensor of the first model.");
  }

  @Test
  void everythingThatIsWrongIsTold() {
    assertThatThrownBy(() -> row("OUT05:attn2,IN044::1,IN04:attn:x"))
        .hasMessage(
            """
            the elemental rule 'OUT05:attn2' is not BLOCKS:ELEMENTS:NUMBER, as in OUT05:attn2:0.5.
            SD 1.x has no block 'IN044'; did you mean 'IN04'?
            the elemental rule 'IN04:attn:x' is not BLOCKS:ELEMENTS:NUMBER, as in OUT05:attn2:0.5.\
            """);
    assertThatThrownBy(() -> row(" , \n"))
        .hasMessage("elemental rules are empty; give some like OUT05:attn2:0.5.");
  }
}
