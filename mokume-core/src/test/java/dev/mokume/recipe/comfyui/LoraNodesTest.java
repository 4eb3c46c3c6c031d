package dev.mokume.recipe.comfyui;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.error.Problem;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.RecipeWriter;
import dev.mokume.recipe.Rng;
import dev.mokume.workflow.WorkflowReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What nodes that load LoRAs mean as a recipe.
class LoraNodesTest {
  private static final String LOADERS =
      """
      "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "photo.safetensors"}},
      "2": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "anime.safetensors"}},
      """;

  @TempDir private Path models;

  @BeforeEach
  void writeModels() throws IOException {
    Path checkpoints = Files.createDirectories(models.resolve("checkpoints"));
    Files.writeString(checkpoints.resolve("photo.safetensors"), "");
    Files.writeString(checkpoints.resolve("anime.safetensors"), "");
    Files.writeString(
        Files.createDirectories(models.resolve("loras")).resolve("style.safetensors"), "");
  }

  private Interpretation read(String nodes, String... outputs) {
    Interpretation meaning =
        Interpretation.of(
            WorkflowReader.parse("w.json", "{" + LOADERS + nodes + "}", NodeRegistry.all()),
            new Interpretation.Request(
                ModelFolders.of(models),
                new OutputNames(models.resolve("output"), LocalDateTime.MIN),
                Arrays.stream(outputs).map(OutputRequest::parse).toList(),
                Compat.COMFYUI_DAREMERGE,
                Rng.STATELESS));
    assertThat(meaning.problems()).extracting(Problem::message).isEmpty();
    return meaning;
  }

  private static String recipe(Interpretation meaning) {
    return RecipeWriter.provenance(
        ((Product.Content.Merge) meaning.products().getFirst().content()).recipe());
  }

  private static String lora(String type, String id, String inputs) {
    return """
    "%s": {"class_type": "%s", "inputs": {"lora_name": "style.safetensors", %s}}\
    """
        .formatted(id, type, inputs);
  }

  @Test
  void aMergeOfALoraedModelScalesWhatTheLoraDid() {
    Interpretation meaning =
        read(
            lora("LoraLoaderModelOnly", "3", "\"model\": [\"1\", 0], \"strength_model\": 0.5")
                + """
                , "7": {"class_type": "ModelMergeSimple", "inputs": {"model1": ["3", 0],
                  "model2": ["2", 0], "ratio": 0.75}}
                """,
            "7=out.safetensors");

    assertThat(recipe(meaning))
        .contains(
            """
            "weights": {"loraloadermodelonly_3": {"lora": {"model": "photo", \
            "file": "style.safetensors", "strength": 0.5, "strict": false}}, \
            "modelmergesimple_7": {"weighted_sum": {"a": "loraloadermodelonly_3", "b": "anime", \
            "alpha": {"complement": 0.75}}}}\
            """);
  }

  @Test
  void bothStrengthsZeroLeaveBothAsTheyAre() {
    Interpretation meaning =
        read(
            lora(
                "LoraLoader",
                "3",
                "\"model\": [\"1\", 0], \"clip\": [\"1\", 1], \"strength_model\": 0,"
                    + " \"strength_clip\": 0"),
            "3=out.safetensors");

    assertThat(recipe(meaning)).contains("\"output\": {\"unet\": \"photo\"}");
  }

  @Test
  void aLoraOfADifferenceIsNamedAsComfyUiDoes() {
    Interpretation meaning =
        read(
            """
            "3": {"class_type": "ModelMergeSubtract", "inputs": {"model1": ["2", 0],
              "model2": ["1", 0], "multiplier": 1}},
            "4": {"class_type": "LoraSave", "inputs": {"filename_prefix": "loras/style", "rank": 16,
              "lora_type": "full_diff", "bias_diff": false, "model_diff": ["3", 0]}}
            """);

    Product product = meaning.products().getFirst();
    assertThat(product.file()).isEqualTo(models.resolve("output/loras/style_00001_.safetensors"));
    assertThat(product.words())
        .isEqualTo("saves a LoRA of the model modelmergesubtract_3 as loras/style");
    Product.Content.Lora lora = (Product.Content.Lora) product.content();
    assertThat(lora.rank()).isEqualTo(16);
    assertThat(lora.isWhole()).isTrue();
    assertThat(lora.hasBiases()).isFalse();
    assertThat(RecipeWriter.provenance(lora.difference()))
        .contains("\"dtype\": {\"unet\": \"f32\"}", "\"only\": [\"unet\"]")
        .contains("{\"sum\": ");
  }

  @Test
  void aLoraOfNothingIsRefused() {
    Interpretation meaning =
        Interpretation.of(
            WorkflowReader.parse(
                "w.json",
                """
                {"4": {"class_type": "LoraSave", "inputs": {"filename_prefix": "l", "rank": 8,
                  "lora_type": "standard", "bias_diff": true}}}
                """,
                NodeRegistry.all()),
            new Interpretation.Request(
                ModelFolders.of(models),
                new OutputNames(models.resolve("output"), LocalDateTime.MIN),
                List.of(),
                Compat.COMFYUI_DAREMERGE,
                Rng.STATELESS));

    assertThat(meaning.problems())
        .extracting(Problem::message)
        .containsExactly(
            "node 4 (LoraSave): it has no difference to make a LoRA of; link model_diff or"
                + " text_encoder_diff to a node that subtracts.");
  }

  @Test
  void textEncodersThatCameTheSameWayGoOnAsOne() {
    Interpretation meaning =
        read(
            lora(
                "DM_LoRALoaderTags",
                "3",
                "\"model\": [\"1\", 0], \"clip\": [\"1\", 1], \"strength_model\": 0,"
                    + " \"strength_clip\": -2, \"tag_limit\": 2"),
            "3.1=out.safetensors");

    assertThat(recipe(meaning))
        .contains(
            """
            {"lora": {"model": "photo", "file": "style.safetensors", "strength": -2, \
            "strict": false}}\
            """)
        .contains("\"output\": {\"clip\": \"");
    List<String> words = meaning.nodes().stream().map(Interpretation.NodeReading::words).toList();
    assertThat(words)
        .contains(
            "applies style.safetensors with strength 0 to photo, and -2 to photo; tells its"
                + " tags");
  }
}
