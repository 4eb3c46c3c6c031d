package dev.mokume.recipe.comfyui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.RecipeWriter;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.comfyui.Interpretation.NodeReading;
import dev.mokume.recipe.comfyui.NodeError.Kind;
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

class InterpretationTest {
  private static final String LOADERS =
      """
      "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "photo.safetensors"}},
      "2": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "anime.safetensors"}},
      """;

  @TempDir private Path models;

  @BeforeEach
  void writeModels() throws IOException {
    Path folder = Files.createDirectories(models.resolve("checkpoints"));
    Files.writeString(folder.resolve("photo.safetensors"), "");
    Files.writeString(folder.resolve("anime.safetensors"), "");
  }

  private Interpretation read(String nodes, String... outputs) {
    return Interpretation.of(
        WorkflowReader.parse("w.json", "{" + nodes + "}", NodeRegistry.all()),
        new Interpretation.Request(
            ModelFolders.of(models),
            new OutputNames(models.resolve("output"), LocalDateTime.MIN),
            Arrays.stream(outputs).map(OutputRequest::parse).toList(),
            Compat.COMFYUI_DAREMERGE,
            Rng.STATELESS));
  }

  private static String merge(String id, String inputs) {
    return "\"%s\": {\"class_type\": \"ModelMergeSimple\", \"inputs\": {%s}}".formatted(id, inputs);
  }

  private static List<String> messages(Interpretation meaning) {
    return meaning.problems().stream().map(Problem::message).toList();
  }

  private static Recipe recipe(Interpretation meaning) {
    return ((Product.Content.Merge) meaning.products().getFirst().content()).recipe();
  }

  @Test
  void aMergeIsARecipe() {
    Interpretation meaning =
        read(
            LOADERS + merge("7", "\"model1\": [\"1\", 0], \"model2\": [\"2\", 0], \"ratio\": 0.7"),
            "7=out.safetensors");

    assertThat(messages(meaning)).isEmpty();
    assertThat(RecipeWriter.provenance(recipe(meaning)))
        .startsWith(
            """
            {"mokume": 1, "models": {"photo": "photo.safetensors", "anime": "anime.safetensors"}, \
            "weights": {"modelmergesimple_7": {"weighted_sum": {"a": "photo", "b": "anime", \
            "alpha": {"complement": 0.7}}}}, "compat": "comfyui+daremerge", "rng": "stateless", \
            "output": {"unet": "modelmergesimple_7"},\
            """);
    assertThat(meaning.nodes().getLast())
        .satisfies(node -> {
          assertThat(node.state()).isEqualTo(NodeReading.State.RUN);
          assertThat(node.words()).isEqualTo("70 % photo + 30 % anime");
        });
  }

  /// ComfyUI takes the first number that the workflow gives, not the first of the definition.
  @Test
  void blocksWithoutANumberFollowTheFirstGiven() {
    Interpretation meaning =
        read(
            LOADERS
                + """
                "7": {"class_type": "ModelMergeBlocks", "inputs": {"model1": ["1", 0],
                  "model2": ["2", 0], "out": 0.2, "input": 0.7, "middle": 0.4}}
                """,
            "7=out.safetensors");

    assertThat(RecipeWriter.provenance(recipe(meaning)))
        .contains(
            "{\"prefixes\": {\"out\": 0.2, \"input\": 0.7, \"middle\": 0.4}, \"otherwise\": 0.2}");
  }

  @Test
  void aModelThatIsUsedTwiceIsOneModelOfTheRecipe() {
    Interpretation meaning =
        read(
            LOADERS.replace("anime", "photo")
                + merge("7", "\"model1\": [\"1\", 0], \"model2\": [\"2\", 0], \"ratio\": 1"),
            "7=out.safetensors");

    assertThat(recipe(meaning).models()).containsOnlyKeys("photo");
  }

  /// 2^40 ways lead through this graph; the recipe has 40 parts.
  @Test
  void aRecipeGrowsWithTheNodesAndNotWithTheWays() {
    StringBuilder nodes = new StringBuilder(LOADERS);
    String before = "1";
    for (int i = 10; i < 50; i++) {
      nodes
          .append(i > 10 ? "," : "")
          .append(
              merge(
                  String.valueOf(i),
                  "\"model1\": [\"%s\", 0], \"model2\": [\"%s\", 0], \"ratio\": 0.5"
                      .formatted(before, before)));
      before = String.valueOf(i);
    }

    Interpretation meaning = read(nodes.toString(), "49=out.safetensors");

    assertThat(recipe(meaning).weights()).hasSize(40);
  }

  @Test
  void everyProblemIsToldAtOnceWithComfyUisKindOfIt() {
    Interpretation meaning =
        read(
            """
            "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "foto.safetensors"}},
            "2": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "anime.safetensors"}},
            """
                + merge("3", "\"model1\": [\"1\", 1], \"model2\": [\"2\", 0], \"ratio\": 1.5")
                + ","
                + merge("4", "\"model1\": [\"2\", 9], \"model2\": [\"2\"], \"ratio\": \"x\"")
                + ","
                + merge("5", "\"model1\": [\"3\", 0], \"model2\": [\"4\", 0], \"ratio\": -1")
                + """
                , "6": {"class_type": "DM_NormalizeModel", "inputs": {"model_a": ["5", 0],
                  "method": "q_nrm", "magnify": "on"}}
                """,
            "6=out.safetensors");

    assertThat(meaning.errors().stream().map(NodeError::kind))
        .containsExactly(
            Kind.VALUE_NOT_IN_LIST,
            Kind.RETURN_TYPE_MISMATCH,
            Kind.VALUE_BIGGER_THAN_MAX,
            Kind.BAD_LINKED_INPUT,
            Kind.BAD_LINKED_INPUT,
            Kind.INVALID_INPUT_TYPE,
            Kind.VALUE_SMALLER_THAN_MIN,
            Kind.REQUIRED_INPUT_MISSING,
            Kind.VALUE_NOT_IN_LIST);
    assertThat(messages(meaning))
        .containsExactly(
            "node 1 (CheckpointLoaderSimple): input 'ckpt_name': there is no file"
                + " 'foto.safetensors' below checkpoints of "
                + models
                + "; did you mean 'photo.safetensors'?",
            "node 3 (ModelMergeSimple): input 'model1': it takes MODEL, but node 1"
                + " (CheckpointLoaderSimple) gives CLIP there.",
            "node 3 (ModelMergeSimple): input 'ratio': 1.5 is larger than the greatest, 1.",
            "node 4 (ModelMergeSimple): input 'model1': it is linked to output 9 of node 2"
                + " (CheckpointLoaderSimple), which has 3.",
            "node 4 (ModelMergeSimple): input 'model2': it is a list of 1, but a link is a pair of"
                + " a node's id and an output's number.",
            "node 4 (ModelMergeSimple): input 'ratio': 'x' cannot be made a number.",
            "node 5 (ModelMergeSimple): input 'ratio': -1 is smaller than the least, 0.",
            "node 6 (DM_NormalizeModel): input 'model_b': it is required and missing; link it to an"
                + " output of type MODEL.",
            "node 6 (DM_NormalizeModel): input 'method': 'q_nrm' is not in the list q_norm, all,"
                + " none, attn_only; did you mean 'q_norm'?");
    assertThat(meaning.products()).isEmpty();
  }

  @Test
  void numbersMayBeTexts() {
    Interpretation meaning =
        read(
            LOADERS
                + merge("7", "\"model1\": [\"1\", 0], \"model2\": [\"2\", 0], \"ratio\": \"0.25\""),
            "7=out.safetensors");

    assertThat(meaning.nodes().getLast().words()).isEqualTo("25 % photo + 75 % anime");
  }

  @Test
  void whatNoOutputNeedsIsLeftOut() {
    Interpretation meaning =
        read(
            LOADERS
                + merge("7", "\"model1\": [\"1\", 0], \"model2\": [\"2\", 0], \"ratio\": 1")
                + """
                , "8": {"class_type": "KSampler", "inputs": {"model": ["7", 0], "seed": 1}},
                "9": {"class_type": "Image Comparer (rgthree)", "inputs": {"image": ["8", 0]}},
                "10": {"class_type": "CLIPMergeAdd", "inputs": {"clip1": ["1", 1], "clip2": ["2", 1]}}
                """,
            "7=out.safetensors");

    assertThat(messages(meaning)).isEmpty();
    assertThat(meaning.nodes())
        .filteredOn(node -> node.state() != NodeReading.State.RUN)
        .extracting(node -> node.node().id() + " " + node.state() + ": " + node.words())
        .containsExactlyInAnyOrder(
            "8 LEFT_OUT: it samples",
            "9 LEFT_OUT: it is a node of rgthree-comfy, which Mokume does not know",
            "10 NOT_NEEDED: photo + anime");
  }

  @Test
  void aWantedOutputThatNeedsAnUnknownNodeIsAnErrorThatSaysWhich() {
    Interpretation meaning =
        read(
            LOADERS
                + """
                "3": {"class_type": "ModelSamplingDiscrete", "inputs": {"model": ["1", 0]}},
                "4": {"class_type": "LoraHotSwap", "inputs": {"model": ["2", 0]}},
                """
                + merge("7", "\"model1\": [\"3\", 0], \"model2\": [\"4\", 0], \"ratio\": 1")
                + """
                , "9": {"class_type": "ModelSave", "inputs": {"model": ["7", 0],
                  "filename_prefix": "mix"}}
                """);

    assertThat(messages(meaning))
        .containsExactly(
            "node 9 (ModelSave) needs node 3 (ModelSamplingDiscrete), which is not run: it changes"
                + " how a model is sampled and not its weights; take the output before it.",
            "node 9 (ModelSave) needs node 4 (LoraHotSwap), which is not run: Mokume does not know"
                + " its class.");
  }

  @Test
  void aGraphThatSavesNothingSaysWhereItsMergesEnd() {
    Interpretation meaning =
        read(
            LOADERS
                + merge("7", "\"model1\": [\"1\", 0], \"model2\": [\"2\", 0], \"ratio\": 1")
                + ", \"8\": {\"class_type\": \"KSampler\", \"inputs\": {\"model\": [\"7\", 0]}}");

    assertThat(messages(meaning))
        .containsExactly(
            "the workflow has no node that saves weights, so there is nothing to write. Say what to"
                + " save with --output NODE=FILE: its merges end in node 7 (ModelMergeSimple).");
  }

  @Test
  void aRingIsRefused() {
    assertThatThrownBy(() ->
            read(
                LOADERS
                    + merge("7", "\"model1\": [\"8\", 0], \"model2\": [\"2\", 0], \"ratio\": 1")
                    + ","
                    + merge("8", "\"model1\": [\"7\", 0], \"model2\": [\"2\", 0], \"ratio\": 1"),
                "8=out.safetensors"))
        .isInstanceOf(MokumeException.class)
        .hasMessageContaining("7")
        .hasMessageContaining("8");
  }

  @Test
  void aRingThatNoOutputNeedsDoesNotMatter() {
    Interpretation meaning =
        read(
            LOADERS
                + merge("6", "\"model1\": [\"1\", 0], \"model2\": [\"2\", 0], \"ratio\": 1")
                + ","
                + merge("7", "\"model1\": [\"8\", 0], \"model2\": [\"2\", 0], \"ratio\": 1")
                + ","
                + merge("8", "\"model1\": [\"7\", 0], \"model2\": [\"2\", 0], \"ratio\": 1"),
            "6=out.safetensors");

    assertThat(messages(meaning)).isEmpty();
  }

  @Test
  void aNodeHasToBeNamedWithoutDoubt() {
    assertThatThrownBy(
            () -> read(LOADERS.stripTrailing().replaceAll(",$", ""), "CheckpointLoaderSimple=x"))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "--output: 2 nodes are called 'CheckpointLoaderSimple'; name one by its id: '1', '2'.");
  }

  @Test
  void anInputIsGivenAnotherValue() {
    var workflow =
        WorkflowReader.parse(
            "w.json",
            "{"
                + LOADERS
                + """
                "7": {"class_type": "ModelMergeSDXL", "inputs": {"model1": ["1", 0],
                  "model2": ["2", 0], "input_blocks.3": 0.5}}}
                """,
            NodeRegistry.all());

    assertThat(
            InputChange.parse("7.input_blocks.3=0.25")
                .apply(workflow)
                .nodes()
                .get("7")
                .inputs()
                .get("input_blocks.3")
                .toString())
        .contains("0.25");
    assertThatThrownBy(() -> InputChange.parse("7.input_blocks.33=0.25").apply(workflow))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "--set: node 7 (ModelMergeSDXL) has no input 'input_blocks.33'; did you mean"
                + " 'input_blocks.3'?");
  }
}
