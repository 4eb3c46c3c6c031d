package dev.mokume.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.MergeListener;
import dev.mokume.MergeOptions;
import dev.mokume.ModelFolder;
import dev.mokume.Mokume;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.MokumeException;
import dev.mokume.plan.MergeOutput;
import dev.mokume.recipe.RecipeReader;
import dev.mokume.recipe.RecipeWriter;
import dev.mokume.recipe.mergekit.HuggingFaceCache;
import dev.mokume.recipe.mergekit.MergekitConfig;
import dev.mokume.recipe.mergekit.MergekitOptions;
import dev.mokume.recipe.mergekit.MergekitRecipe;
import dev.mokume.recipe.mergekit.ModelPlaces;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Models of different vocabularies, merged from a config or a recipe to the files of a model.
///
/// Model `a` has tokens x y xy and, added, `<s>`, and rows 10, 11, 12, 13; `b` has `<pad>` y z x
/// yz, nothing, and `<end>`, and rows 20 to 26. Both have a layer, and `a` a head of its own.
class MergedVocabularyTest {
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String HEAD = "lm_head.weight";
  private static final String LAYER = "model.layers.0.self_attn.q_proj.weight";

  @TempDir private Path folder;

  private final List<String> notes = new ArrayList<>();

  @BeforeEach
  void writeModels() {
    new SmallModel(folder.resolve("a"))
        .bpe(List.of("x", "y", "xy"), List.of("x y"), "<s>=3")
        .file(
            "config.json",
            """
            {"vocab_size": 4, "num_hidden_layers": 1, "tie_word_embeddings": false,
             "bos_token_id": 3, "eos_token_id": 1}\
            """)
        .file("generation_config.json", "{\"eos_token_id\": 1}")
        .file("tokenizer_config.json", "{\"chat_template\": \"a {{ messages }} and more\"}")
        .weights(
            new SmallCheckpoint()
                .with(EMBEDDING, Shape.of(4, 1), 10, 11, 12, 13)
                .with(LAYER, Shape.of(1, 1), 1)
                .with("model.norm.weight", 1)
                .with(HEAD, Shape.of(4, 1), 50, 51, 52, 53));
    new SmallModel(folder.resolve("b"))
        .bpe(List.of("<pad>", "y", "z", "x", "yz"), List.of("y z"), "<pad>=0", "<end>=6")
        .file(
            "config.json",
            """
            {"vocab_size": 7, "num_hidden_layers": 1, "tie_word_embeddings": false,
             "eos_token_id": 6, "pad_token_id": 0}\
            """)
        .file("generation_config.json", "{\"eos_token_id\": 6}")
        .weights(
            new SmallCheckpoint()
                .with(EMBEDDING, Shape.of(7, 1), 20, 21, 22, 23, 24, 25, 26)
                .with(LAYER, Shape.of(1, 1), 3)
                .with("model.norm.weight", 3)
                .with(HEAD, Shape.of(7, 1), 60, 61, 62, 63, 64, 65, 66));
  }

  private static final String LINEAR =
      """
      merge_method: linear
      base_model: a
      models:
        - {model: a, parameters: {weight: 1}}
        - {model: b, parameters: {weight: 1}}
      """;

  private MergekitRecipe recipe(String config) {
    return MergekitRecipe.of(
        MergekitConfig.read(config, "config.yml").getFirst(),
        new ModelPlaces(List.of(folder), new HuggingFaceCache(folder.resolve("hub")), Map.of()),
        MergekitOptions.defaults());
  }

  private MergeOptions options() {
    MergeListener listener =
        new MergeListener() {
          @Override
          public void noted(String message) {
            notes.add(message);
          }
        };
    return MergeOptions.defaults()
        .withOverwrite(true)
        .withDurable(false)
        .withMemory(16 << 20)
        .withListener(listener);
  }

  private SmallModel merge(String config) {
    Path out = folder.resolve("out");
    Mokume.mergeModel(recipe(config), ModelFolder.of(out), options());
    return new SmallModel(out);
  }

  private static SmallCheckpoint weights(SmallModel model) {
    return SmallCheckpoint.read(model.folder.resolve("model.safetensors"));
  }

  private static JsonNode json(SmallModel model, String file) {
    return JsonMapper.shared().readTree(model.text(file));
  }

  @Test
  void aUnionOfTwoVocabulariesIsMergedRowByRow() {
    SmallModel out = merge(LINEAR + "tokenizer_source: union");

    assertThat(out.read().ids().keySet())
        .containsExactly("x", "y", "xy", "<s>", "z", "yz", "<pad>", "<end>");
    assertThat(weights(out).values(EMBEDDING))
        .containsExactly(
            (10 + 23) / 2f, // x
            (11 + 21) / 2f, // y
            12, // xy, of a alone
            13, // <s>, of a alone
            22, // z, of b alone
            24, // yz, of b alone
            20, // <pad>, of b alone
            26); // <end>, of b alone
    assertThat(weights(out).values(HEAD))
        .containsExactly((50 + 63) / 2f, (51 + 61) / 2f, 52, 53, 62, 64, 60, 66);
    assertThat(weights(out).values(LAYER)).containsExactly(2);
    assertThat(json(out, "config.json").path("vocab_size").intValue()).isEqualTo(8);
    assertThat(json(out, "config.json").path("bos_token_id").intValue()).isEqualTo(3);
    assertThat(json(out, "tokenizer_config.json").path("chat_template").stringValue())
        .isEqualTo("a {{ messages }} and more");
    assertThat(notes)
        .contains(
            "'b': has no row for 2 of 8 tokens; they take those of the models that have one.");
  }

  @Test
  void tokenizersAreReadOnceForTheRecipeAndTheMerge() throws IOException {
    MergekitRecipe recipe = recipe(LINEAR + "tokenizer_source: union");
    Files.delete(folder.resolve("b").resolve("tokenizer.json"));
    Path out = folder.resolve("out");

    Mokume.mergeModel(recipe, ModelFolder.of(out), options());

    assertThat(weights(new SmallModel(out)).values(EMBEDDING))
        .containsExactly(16.5f, 16, 12, 13, 22, 24, 20, 26);
  }

  @Test
  void aTokenizerOfOtherModelsIsNotThatOfARecipe() {
    MergekitRecipe bFirst =
        recipe(LINEAR.replace("base_model: a", "base_model: b") + "tokenizer_source: union");
    MergekitRecipe aFirst = recipe(LINEAR + "tokenizer_source: union");
    Path file = folder.resolve("out.safetensors");
    MergeOutput output =
        new MergeOutput(aFirst.recipe(), file, MergeOutput.USUAL_SHARD, bFirst.tokenizer());

    Mokume.merge(List.of(output), options());

    assertThat(SmallCheckpoint.read(file).values(EMBEDDING))
        .containsExactly(16.5f, 16, 12, 13, 22, 24, 20, 26);
  }

  @Test
  void aConfigSaysWhereATokensRowComesFrom() {
    SmallModel out =
        merge(
            LINEAR
                + """
                tokenizer:
                  source: union
                  pad_to_multiple_of: 4
                  tokens:
                    z: {source: b}
                    xy: {source: {kind: zero}, force: true}
                    <s>: {source: {kind: model_token, model: b, token: <pad>}}
                    <new>: {source: {kind: model_token, model: b, token_id: 5}}
                    <end>: {source: b, force: true}
                """);

    assertThat(weights(out).values(EMBEDDING))
        .startsWith(16.5f, 16, 0, (13 + 20) / 2f, 22, 24, 20, 26, 25)
        .hasSize(12);
    // The mean of a's rows and that of b's, and then of both.
    float a = (10 + 11 + 0 + 13 + 22 + 24 + 20 + 26 + 25) / 9f;
    float b = (23 + 21 + 0 + 20 + 22 + 24 + 20 + 26 + 25) / 9f;
    assertThat(weights(out).values(EMBEDDING)[11]).isEqualTo((a + b) / 2);
    assertThat(json(out, "config.json").path("vocab_size").intValue()).isEqualTo(12);
    assertThat(out.read().ids()).containsEntry("<new>", 8);
  }

  @Test
  void theBasesVocabularyStaysAsItIs() {
    SmallModel out = merge(LINEAR + "tokenizer_source: base");

    assertThat(weights(out).values(EMBEDDING)).containsExactly(16.5f, 16, 12, 13);
    assertThat(out.text("tokenizer.json"))
        .isEqualTo(new SmallModel(folder.resolve("a")).text("tokenizer.json"));
  }

  @Test
  void anotherModelsVocabularyBringsTheIdsOfItsSpecialTokens() {
    SmallModel out = merge(LINEAR + "tokenizer_source: b");

    assertThat(weights(out).values(EMBEDDING)).containsExactly(20, 16, 22, 16.5f, 24, 25, 26);
    JsonNode config = json(out, "config.json");
    assertThat(config.path("vocab_size").intValue()).isEqualTo(7);
    assertThat(config.path("eos_token_id").intValue()).isEqualTo(6);
    assertThat(config.path("pad_token_id").intValue()).isZero();
    assertThat(config.has("bos_token_id")).isFalse();
    assertThat(out.text("generation_config.json")).isEqualTo("{\"eos_token_id\": 6}");
  }

  @Test
  void layersOfModelsWithDifferentVocabulariesGoOnTopOfEachOther() {
    SmallModel out =
        merge(
            """
            merge_method: passthrough
            slices:
              - sources: [{model: a, layer_range: [0, 1]}]
              - sources: [{model: b, layer_range: [0, 1]}]
            tokenizer_source: union
            """);

    assertThat(weights(out).values(EMBEDDING)).containsExactly(10, 11, 12, 13, 22, 24, 20, 26);
    assertThat(weights(out).values(HEAD)).containsExactly(63, 61, 52, 53, 62, 64, 60, 66);
    assertThat(weights(out).values("model.layers.1.self_attn.q_proj.weight")).containsExactly(3);
  }

  @Test
  void aChatTemplateAloneLeavesRowsWhereTheyAre() {
    new SmallModel(folder.resolve("c"))
        .bpe(List.of("q", "r", "s", "t"), List.of())
        .file("config.json", "{\"vocab_size\": 4}")
        .weights(
            new SmallCheckpoint()
                .with(EMBEDDING, Shape.of(4, 1), 30, 31, 32, 33)
                .with(LAYER, Shape.of(1, 1), 5)
                .with("model.norm.weight", 5)
                .with(HEAD, Shape.of(4, 1), 70, 71, 72, 73));

    SmallModel out = merge(LINEAR.replace("model: b", "model: c") + "chat_template: chatml");

    assertThat(weights(out).values(EMBEDDING)).containsExactly(20, 21, 22, 23);
    assertThat(json(out, "tokenizer_config.json").path("chat_template").stringValue())
        .contains("<|im_start|>");
    assertThat(out.text("tokenizer.json"))
        .isEqualTo(new SmallModel(folder.resolve("a")).text("tokenizer.json"));
  }

  @Test
  void aRecipeSeesItsModelsWithOneVocabularyToo() {
    String text = RecipeWriter.write(recipe(LINEAR + "tokenizer_source: union").recipe());

    assertThat(text).contains("\"tokenizer\": {\"source\": \"union\"}");
    Path out = folder.resolve("out.safetensors");
    Mokume.merge(RecipeReader.read(text, "recipe", Path.of("")), out, options());
    assertThat(SmallCheckpoint.read(out).values(EMBEDDING))
        .containsExactly(16.5f, 16, 12, 13, 22, 24, 20, 26);
  }

  @Test
  void everyMethodWorksOnTheMergedRows() {
    String recipe =
        """
        mokume: 1
        models: {a: a, b: b}
        tokenizer:
          source: {of: b}
          tokens:
            z: {row: {of: a, token: x}, force: true}
            yz: {row: zero, force: true}
            y: {row: {of: a, id: 0}, force: true}
        output:
          all: {interpolate: {method: slerp, a: a, b: b, alpha: 0.5}}
        """;

    Path out = folder.resolve("out.safetensors");
    Mokume.merge(RecipeReader.read(recipe, "recipe", folder), out, options());

    // Rows of one element have no angle between them, but those of all have: what is alike stays.
    float[] rows = SmallCheckpoint.read(out).values(EMBEDDING);
    assertThat(rows).hasSize(7);
    assertThat(rows[4]).isZero();
    assertThat(rows[1]).isEqualTo(rows[2]);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "tokenizer: {}; tokenizer_source: base|config.yml:6:12: the config has both"
            + " tokenizer_source and tokenizer; leave one of them out",
        "tokenizer: {tokens: {x: {source: {kind: nil}}}}|config.yml:6:41: kind must be zero or"
            + " model_token, but is 'nil'",
        "tokenizer: {tokens: {x: {source: {kind: model_token, model: a}}}}|config.yml:6:34: a"
            + " token's source needs either token or token_id, but has neither",
        "tokenizer: {pad_to_multiple_of: 0}|config.yml:6:33: pad_to_multiple_of must be a whole"
            + " number from 1 to 1048576 but is 0",
        "tokenizer_source: nobody|the tokenizer's source is 'nobody', which is none of the"
            + " merge's models: 'a', 'b'."
      })
  void whatIsWrongIsToldWithItsPlace(String section, String message) {
    String config = LINEAR + section.replace("; ", "\n");

    assertThatThrownBy(() -> recipe(config))
        .isInstanceOf(MokumeException.class)
        .hasMessage(message);
  }
}
