package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.recipe.mergekit.HuggingFaceCache;
import dev.mokume.recipe.mergekit.MergekitConfig;
import dev.mokume.recipe.mergekit.MergekitOptions;
import dev.mokume.recipe.mergekit.MergekitRecipe;
import dev.mokume.recipe.mergekit.ModelPlaces;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Families of language models as the transformers library names their tensors: none of them is
/// known, and all of them are merged and sliced.
class MergekitFamiliesTest {
  private static final String GATED =
      "mlp.gate_proj.weight mlp.up_proj.weight mlp.down_proj.weight";
  private static final String LLAMA =
      "self_attn.q_proj.weight self_attn.k_proj.weight self_attn.v_proj.weight"
          + " self_attn.o_proj.weight input_layernorm.weight post_attention_layernorm.weight ";
  private static final String QWEN2 =
      LLAMA + "self_attn.q_proj.bias self_attn.k_proj.bias self_attn.v_proj.bias ";
  private static final String QWEN3 = LLAMA + "self_attn.q_norm.weight self_attn.k_norm.weight ";
  private static final String GEMMA =
      LLAMA + "pre_feedforward_layernorm.weight post_feedforward_layernorm.weight " + GATED;
  private static final String BERT =
      "attention.self.query.weight attention.self.query.bias attention.output.dense.weight"
          + " attention.output.LayerNorm.weight intermediate.dense.weight output.dense.weight"
          + " output.LayerNorm.bias";
  private static final String BERT_EMBEDDINGS =
      "word_embeddings.weight %1$s.position_embeddings.weight %1$s.LayerNorm.weight";
  private static final String VISION_BLOCK = "norm1.weight attn.qkv.weight mlp.fc1.weight";

  static final List<Family> FAMILIES =
      List.of(
          family("Llama", "model.layers", LLAMA + GATED)
              .before("model.embed_tokens.weight")
              .behind("model.norm.weight lm_head.weight")
              .config("{'num_hidden_layers': 3}"),
          family("Mistral", "model.layers", LLAMA + GATED)
              .before("model.embed_tokens.weight")
              .behind("model.norm.weight lm_head.weight")
              .config("{'num_hidden_layers': 3, 'sliding_window': 4096}"),
          family(
                  "Mixtral",
                  "model.layers",
                  LLAMA
                      + "block_sparse_moe.gate.weight block_sparse_moe.experts.0.w1.weight"
                      + " block_sparse_moe.experts.0.w2.weight"
                      + " block_sparse_moe.experts.1.w3.weight")
              .before("model.embed_tokens.weight")
              .behind("model.norm.weight lm_head.weight")
              .config("{'num_hidden_layers': 3, 'num_local_experts': 2}"),
          family("Qwen2", "model.layers", QWEN2 + GATED)
              .before("model.embed_tokens.weight")
              .behind("model.norm.weight lm_head.weight")
              .config("{'num_hidden_layers': 3, 'max_window_layers': 21}"),
          family("Qwen3", "model.layers", QWEN3 + GATED)
              .before("model.embed_tokens.weight")
              .behind("model.norm.weight lm_head.weight")
              .config("{'num_hidden_layers': 3, 'layer_types': ['a', 'b', 'c']}")
              .list("layer_types"),
          family(
                  "Qwen3-MoE",
                  "model.layers",
                  QWEN3
                      + "mlp.gate.weight mlp.experts.0.gate_proj.weight"
                      + " mlp.experts.0.up_proj.weight mlp.experts.1.down_proj.weight")
              .before("model.embed_tokens.weight")
              .behind("model.norm.weight lm_head.weight")
              .config("{'num_hidden_layers': 3, 'num_experts': 2}"),
          family("Qwen2-VL", "model.layers", QWEN2 + GATED)
              .before(
                  "model.embed_tokens.weight visual.patch_embed.proj.weight"
                      + " visual.merger.ln_q.weight visual.merger.mlp.0.weight"
                      + " visual.merger.mlp.2.weight")
              .tower("visual.blocks", VISION_BLOCK)
              .behind("model.norm.weight lm_head.weight")
              .config("{'num_hidden_layers': 3, 'vision_config': {'depth': 2}}"),
          family("Qwen2.5-VL", "model.language_model.layers", QWEN2 + GATED)
              .before(
                  "model.language_model.embed_tokens.weight model.visual.patch_embed.proj.weight"
                      + " model.visual.merger.mlp.0.weight")
              .tower("model.visual.blocks", VISION_BLOCK)
              .behind("model.language_model.norm.weight lm_head.weight")
              .config("{'text_config': {'num_hidden_layers': 3}, 'vision_config': {'depth': 2}}")
              .count("text_config", "num_hidden_layers"),
          family("Gemma 2", "model.layers", GEMMA)
              .before("model.embed_tokens.weight")
              .behind("model.norm.weight")
              .headWhenSliced("lm_head.weight")
              .config("{'num_hidden_layers': 3}"),
          family("Gemma 3", "language_model.model.layers", QWEN3 + GEMMA)
              .before(
                  "language_model.model.embed_tokens.weight"
                      + " multi_modal_projector.mm_input_projection_weight"
                      + " multi_modal_projector.mm_soft_emb_norm.weight"
                      + " vision_tower.vision_model.embeddings.patch_embedding.weight"
                      + " vision_tower.vision_model.post_layernorm.weight")
              .tower(
                  "vision_tower.vision_model.encoder.layers",
                  "self_attn.q_proj.weight layer_norm1.weight")
              .behind("language_model.model.norm.weight")
              .headWhenSliced("language_model.lm_head.weight")
              .config(
                  "{'text_config': {'num_hidden_layers': 3}, 'vision_config': {'num_hidden_layers':"
                      + " 2}}")
              .count("text_config", "num_hidden_layers"),
          family(
                  "Phi-2",
                  "model.layers",
                  "self_attn.q_proj.weight self_attn.q_proj.bias self_attn.dense.weight"
                      + " self_attn.dense.bias mlp.fc1.weight mlp.fc1.bias mlp.fc2.weight"
                      + " input_layernorm.weight input_layernorm.bias")
              .before("model.embed_tokens.weight")
              .behind(
                  "model.final_layernorm.weight model.final_layernorm.bias lm_head.weight"
                      + " lm_head.bias")
              .config("{'num_hidden_layers': 3}"),
          family(
                  "Phi-3",
                  "model.layers",
                  "self_attn.qkv_proj.weight self_attn.o_proj.weight mlp.gate_up_proj.weight"
                      + " mlp.down_proj.weight input_layernorm.weight")
              .before("model.embed_tokens.weight")
              .behind("model.norm.weight lm_head.weight")
              .config("{'num_hidden_layers': 3}"),
          family(
                  "GPT-2",
                  "h",
                  "ln_1.weight ln_1.bias attn.bias attn.c_attn.weight attn.c_proj.weight"
                      + " ln_2.weight mlp.c_fc.weight mlp.c_proj.bias")
              .before("wte.weight wpe.weight")
              .behind("ln_f.weight ln_f.bias")
              .config("{'n_layer': 3}")
              .count("n_layer"),
          family(
                  "GPT-2 with a prefix",
                  "transformer.h",
                  "ln_1.weight attn.c_attn.weight attn.c_attn.bias mlp.c_fc.weight")
              .before("transformer.wte.weight transformer.wpe.weight")
              .behind("transformer.ln_f.weight lm_head.weight")
              .config("{'n_layer': 3}")
              .count("n_layer"),
          family(
                  "GPT-NeoX",
                  "gpt_neox.layers",
                  "attention.query_key_value.weight attention.query_key_value.bias"
                      + " attention.dense.weight attention.rotary_emb.inv_freq"
                      + " mlp.dense_h_to_4h.weight input_layernorm.weight")
              .before("gpt_neox.embed_in.weight")
              .behind("gpt_neox.final_layer_norm.weight embed_out.weight")
              .config("{'num_hidden_layers': 3}"),
          family("BERT", "bert.encoder.layer", BERT)
              .before("bert.embeddings." + BERT_EMBEDDINGS.formatted("bert.embeddings"))
              .behind(
                  "bert.pooler.dense.weight cls.predictions.bias"
                      + " cls.predictions.transform.dense.weight cls.seq_relationship.weight")
              .config("{'num_hidden_layers': 3}"),
          family("RoBERTa", "roberta.encoder.layer", BERT)
              .before("roberta.embeddings." + BERT_EMBEDDINGS.formatted("roberta.embeddings"))
              .behind("lm_head.bias lm_head.dense.weight lm_head.layer_norm.weight")
              .config("{'num_hidden_layers': 3}"),
          family(
                  "DistilBERT",
                  "distilbert.transformer.layer",
                  "attention.q_lin.weight attention.q_lin.bias attention.out_lin.weight"
                      + " sa_layer_norm.weight ffn.lin1.weight ffn.lin2.weight"
                      + " output_layer_norm.weight")
              .before("distilbert.embeddings." + BERT_EMBEDDINGS.formatted("distilbert.embeddings"))
              .behind(
                  "vocab_transform.weight vocab_layer_norm.weight vocab_projector.weight"
                      + " vocab_projector.bias")
              .config("{'n_layers': 3}")
              .count("n_layers"));

  /// What a family calls its tensors.
  ///
  /// @param row what stands before a layer's number
  /// @param layer the tensors of a layer
  /// @param before what stands before the layers on the data's way; the vision tower, too
  /// @param behind what stands behind them
  /// @param config with three layers
  /// @param count where the config has their number
  /// @param list of the config that has an item for each; none if empty
  /// @param head that the model needs if the last layers come from another model than the
  ///   embedding; none if empty
  record Family(
      String name,
      String row,
      List<String> layer,
      List<String> before,
      List<String> behind,
      String config,
      List<String> count,
      String list,
      String head) {
    Family before(String names) {
      return new Family(name, row, layer, words(names), behind, config, count, list, head);
    }

    Family tower(String tower, String names) {
      List<String> all = new ArrayList<>(before);
      IntStream.range(0, 2)
          .forEach(i -> words(names).forEach(part -> all.add(tower + "." + i + "." + part)));
      return new Family(name, row, layer, all, behind, config, count, list, head);
    }

    Family behind(String names) {
      return new Family(name, row, layer, before, words(names), config, count, list, head);
    }

    Family config(String json) {
      return new Family(
          name, row, layer, before, behind, json.replace('\'', '"'), count, list, head);
    }

    Family count(String... path) {
      return new Family(name, row, layer, before, behind, config, List.of(path), list, head);
    }

    Family list(String key) {
      return new Family(name, row, layer, before, behind, config, count, key, head);
    }

    Family headWhenSliced(String tensor) {
      return new Family(name, row, layer, before, behind, config, count, list, tensor);
    }

    /// The value of every tensor: that of the layer, if the tensor is of one.
    SequencedMap<String, Float> tensors(float before, float behind, float... layers) {
      SequencedMap<String, Float> tensors = new TreeMap<>();
      this.before.forEach(tensor -> tensors.put(tensor, before));
      for (int i = 0; i < layers.length; i++) {
        for (String part : layer) {
          tensors.put(row + "." + i + "." + part, layers[i]);
        }
      }
      this.behind.forEach(tensor -> tensors.put(tensor, behind));
      return tensors;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static Family family(String name, String row, String layer) {
    return new Family(
        name, row, words(layer), List.of(), List.of(), "", List.of("num_hidden_layers"), "", "");
  }

  private static List<String> words(String text) {
    return Stream.of(text.split(" ")).distinct().toList();
  }

  @TempDir private Path folder;

  private void write(String model, Family family, SequencedMap<String, Float> tensors) {
    SmallCheckpoint checkpoint = new SmallCheckpoint();
    tensors.forEach((name, value) -> checkpoint.with(name, value, value));
    try {
      Path own = Files.createDirectories(folder.resolve(model));
      checkpoint.write(own.resolve("model.safetensors"));
      Files.writeString(own.resolve("config.json"), family.config());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Layers of `a` are 1, 2, 3 and those of `b` 10, 20, 30; what is before them 4 and 40, what is
  /// behind 5 and 50.
  private void writeModels(Family family) {
    write("a", family, family.tensors(4, 5, 1, 2, 3));
    write("b", family, family.tensors(40, 50, 10, 20, 30));
  }

  private Map<String, Float> merge(String config) {
    Path out = folder.resolve("out");
    Mokume.mergeModel(
        MergekitRecipe.of(
            MergekitConfig.read(config, "config.yml").getFirst(),
            new ModelPlaces(List.of(folder), new HuggingFaceCache(folder.resolve("hub")), Map.of()),
            MergekitOptions.defaults()),
        ModelFolder.of(out),
        MergeOptions.defaults().withDurable(false).withMemory(16 << 20));
    SmallCheckpoint merged = SmallCheckpoint.read(out.resolve("model.safetensors"));
    Map<String, Float> values = new TreeMap<>();
    merged.names().forEach(name -> values.put(name, merged.values(name)[0]));
    return values;
  }

  private JsonNode config() {
    try {
      return JsonMapper.shared().readTree(Files.readString(folder.resolve("out/config.json")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int layers(Family family) {
    JsonNode node = config();
    for (String key : family.count()) {
      node = node.get(key);
    }
    return node.asInt();
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void mergesWholeModels(Family family) {
    writeModels(family);

    Map<String, Float> merged =
        merge(
            """
            models:
              - {model: a, parameters: {weight: 0.5}}
              - {model: b, parameters: {weight: 0.5}}
            merge_method: linear
            """);

    assertThat(merged).isEqualTo(family.tensors(22, 27.5f, 5.5f, 11, 16.5f));
    assertThat(layers(family)).isEqualTo(3);
  }

  @ParameterizedTest
  @FieldSource("FAMILIES")
  void stacksLayersUnderNewNumbers(Family family) {
    writeModels(family);

    Map<String, Float> merged =
        merge(
            """
            slices:
              - sources: [{model: a, layer_range: [0, 2]}]
              - sources: [{model: b, layer_range: [0, 3]}]
            merge_method: passthrough
            """);

    SequencedMap<String, Float> expected = family.tensors(4, 50, 1, 2, 10, 20, 30);
    if (!family.head().isEmpty()) {
      expected.put(family.head(), 40f);
      assertThat(config().get("tie_word_embeddings").asBoolean()).isFalse();
    }
    assertThat(merged).isEqualTo(expected);
    assertThat(layers(family)).isEqualTo(5);
    if (!family.list().isEmpty()) {
      assertThat(config().get(family.list()).values().stream().map(JsonNode::stringValue))
          .containsExactly("a", "b", "a", "b", "c");
    }
  }

  /// Vision towers and the like are merged as tensors of no layer.
  @ParameterizedTest
  @FieldSource("FAMILIES")
  void mergesSlices(Family family) {
    writeModels(family);

    Map<String, Float> merged =
        merge(
            """
            slices:
              - sources:
                  - {model: a, layer_range: [1, 3], parameters: {weight: [1, 0]}}
                  - {model: b, layer_range: [0, 2], parameters: {weight: [0, 1]}}
            merge_method: linear
            """);

    assertThat(merged).isEqualTo(family.tensors(4, 5, 2, 20));
    assertThat(layers(family)).isEqualTo(2);
  }
}
