package dev.mokume.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Layers are found by the numbers in names, whatever the model.
class NumberedLayersTest {
  private static List<String> names(String pattern, int count, String... others) {
    List<String> names = new ArrayList<>(List.of(others));
    for (int i = 0; i < count; i++) {
      names.add(pattern.replace("*", String.valueOf(i)));
    }
    return names;
  }

  @ParameterizedTest
  @CsvSource({
    "Llama, model.layers.*.self_attn.q_proj.weight, model.layers",
    "Mixtral, model.layers.*.block_sparse_moe.experts.7.w1.weight, model.layers",
    "Qwen3-MoE, model.layers.*.mlp.experts.127.gate_proj.weight, model.layers",
    "Gemma 2, model.layers.*.pre_feedforward_layernorm.weight, model.layers",
    "Gemma 3, language_model.model.layers.*.mlp.up_proj.weight, language_model.model.layers",
    "Phi, model.layers.*.mlp.fc1.weight, model.layers",
    "GPT-2, h.*.attn.c_attn.weight, h",
    "GPT-2 with a head, transformer.h.*.mlp.c_fc.weight, transformer.h",
    "GPT-NeoX, gpt_neox.layers.*.attention.query_key_value.weight, gpt_neox.layers",
    "BERT, bert.encoder.layer.*.attention.self.query.weight, bert.encoder.layer"
  })
  void findsTheLayersOf(String model, String pattern, String row) {
    NumberedLayers layers = NumberedLayers.of(names(pattern, 12, "some.embedding.weight"));

    assertThat(layers.counts()).as(model).containsEntry(row, 12);
    assertThat(layers.main(OptionalInt.empty())).isEqualTo(Optional.of(row));
  }

  @Test
  void takesTheLanguageModelsLayersAndNotTheVisionTowers() {
    List<String> names = names("visual.blocks.*.attn.qkv.weight", 32, "visual.merger.mlp.0.bias");
    names.add("visual.merger.mlp.2.bias");
    names.addAll(names("model.layers.*.self_attn.q_proj.weight", 28));
    NumberedLayers layers = NumberedLayers.of(names);

    assertThat(layers.counts().keySet()).containsExactly("model.layers", "visual.blocks");
    assertThat(layers.main(OptionalInt.empty())).contains("model.layers");
  }

  @Test
  void takesTheRowThatTheConfigCounts() {
    List<String> names = names("encoder.block.*.weight", 12);
    names.addAll(names("decoder.block.*.weight", 6));

    assertThat(NumberedLayers.of(names).main(OptionalInt.of(6))).contains("decoder.block");
  }

  @Test
  void renumbersTheLayerAndNothingElse() {
    assertThat(NumberedLayers.renumbered("model.layers.3.experts.3.w", "model.layers", 3, 12))
        .isEqualTo("model.layers.12.experts.3.w");
    assertThat(NumberedLayers.number("model.layers.3.x", "model.layers")).hasValue(3);
    assertThat(NumberedLayers.number("model.layersnorm.3.x", "model.layers")).isEmpty();
    assertThat(NumberedLayers.number("model.norm.weight", "model.layers")).isEmpty();
  }

  @Test
  void knowsWhatStandsBehindTheLayers() {
    assertThat(List.of("model.norm.weight", "lm_head.weight", "ln_f.bias", "embed_out.weight"))
        .allMatch(NumberedLayers::isBehind);
    assertThat(List.of("model.embed_tokens.weight", "wte.weight", "wpe.weight"))
        .noneMatch(NumberedLayers::isBehind);
  }
}
