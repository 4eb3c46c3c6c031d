package dev.mokume.recipe.comfyui;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.workflow.WidgetCatalog.Widget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectInfoTest {
  @TempDir private Path models;

  private String info(String type) {
    return new ObjectInfo(ModelFolders.of(models))
        .of(NodeRegistry.all().type(type).orElseThrow())
        .toString();
  }

  @Test
  void aLoaderListsTheFilesThereAre() throws IOException {
    Path folder = Files.createDirectories(models.resolve("checkpoints").resolve("sdxl"));
    Files.writeString(folder.resolve("b.safetensors"), "");
    Files.writeString(models.resolve("checkpoints").resolve("a.ckpt"), "");
    Files.writeString(models.resolve("checkpoints").resolve("notes.txt"), "");

    assertThat(info("CheckpointLoaderSimple"))
        .isEqualTo(
            """
            {"input":{"required":{"ckpt_name":[["a.ckpt","sdxl/b.safetensors"]]}},\
            "input_order":{"required":["ckpt_name"]},\
            "output":["MODEL","CLIP","VAE"],"output_is_list":[false,false,false],\
            "output_name":["MODEL","CLIP","VAE"],"name":"CheckpointLoaderSimple",\
            "display_name":"Load Checkpoint",\
            "description":"Loads a checkpoint: diffusion model, text encoders and VAE.",\
            "python_module":"nodes","category":"loaders","output_node":false}\
            """);
  }

  @Test
  void numbersHaveDefaultsAndBounds() {
    assertThat(info("ModelMergeSimple"))
        .startsWith(
            """
            {"input":{"required":{"model1":["MODEL"],"model2":["MODEL"],\
            "ratio":["FLOAT",{"default":1.0,"min":0.0,"max":1.0,"step":0.01}]}},\
            "input_order":{"required":["model1","model2","ratio"]},"output":["MODEL"],\
            """)
        .contains("\"python_module\":\"comfy_extras.nodes_model_merging\"");
  }

  @Test
  void optionalInputsStandApartAndHiddenOnesNowhere() {
    assertThat(info("DM_InjectNoise"))
        .contains(
            "\"seed\":[\"INT\",{\"default\":1,\"min\":0,\"max\":99999999999,\"step\":1,\"control_after_generate\":true}]",
            "\"layers\":[\"STRING\",{\"default\":\"*.to_v*\",\"multiline\":true}]",
            "\"optional\":{\"model_mask\":[\"MODEL_MASK\",",
            "\"optional\":[\"model_mask\"]");
    assertThat(info("DM_QuadMasker")).doesNotContain("seed_before");
  }

  @Test
  void aSaverIsAnOutput() {
    assertThat(info("CheckpointSave"))
        .contains(
            "\"filename_prefix\":[\"STRING\",{\"default\":\"checkpoints/ComfyUI\"}]",
            "\"output\":[]",
            "\"output_node\":true");
  }

  /// Every node of the pack's newest generation, and what the first called two of them.
  @Test
  void allOfDareMergeIsThere() {
    Set<String> names =
        NodeRegistry.all().types().stream()
            .map(NodeType::name)
            .filter(name -> name.startsWith("DM_"))
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(names)
        .hasSize(27)
        .contains("DM_MaskedModelMerger", "DM_DareModelMerger", "DM_DareModelMergerMBW");
  }

  @Test
  void blockFamiliesHaveTheirBlocks() {
    assertThat(inputs("ModelMergeSDXL"))
        .hasSize(2 + 2 + 9 + 3 + 9 + 1)
        .startsWith("model1", "model2", "time_embed.", "label_emb.", "input_blocks.0")
        .endsWith("output_blocks.8", "out.");
    assertThat(inputs("ModelMergeSD1")).contains("input_blocks.11.", "middle_block.2.");
    assertThat(inputs("ModelMergeFlux1")).contains("double_blocks.18.", "single_blocks.37.");
    assertThat(inputs("ModelMergeCosmos14B")).contains("blocks.block35.");
    assertThat(inputs("ModelMergeQwenImage")).contains("transformer_blocks.59.");
  }

  private static List<String> inputs(String type) {
    return NodeRegistry.all().type(type).orElseThrow().inputs().stream()
        .map(InputSpec::name)
        .toList();
  }

  @Test
  void theEditorsRowOfValuesIsKnown() {
    assertThat(NodeRegistry.all().widgets("DM_SimpleMasker").orElseThrow())
        .containsExactly(
            new Widget("operation", "COMBO", false),
            new Widget("arg_one", "FLOAT", false),
            new Widget("arg_two", "FLOAT", false),
            new Widget("seed", "INT", true));
    assertThat(NodeRegistry.all().widgets("KSampler")).isEmpty();
  }
}
