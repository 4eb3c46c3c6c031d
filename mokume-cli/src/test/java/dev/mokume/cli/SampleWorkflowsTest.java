package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.recipe.comfyui.NodeRegistry;
import dev.mokume.recipe.comfyui.NodeType;
import dev.mokume.workflow.Node;
import dev.mokume.workflow.WorkflowReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Runs every file of `samples/workflows` through the command, on models whose tensors have two
/// elements: 1 and 2 in photo, 3 and 6 in anime, 2 and 2 in base.
class SampleWorkflowsTest {
  private static final Path SAMPLES = Path.of("../samples/workflows");

  private static final String INPUT = "input_blocks.1.0.in_layers.2.weight";
  private static final String MIDDLE = "middle_block.1.proj_in.weight";
  private static final String OUTPUT = "output_blocks.11.0.in_layers.2.weight";
  private static final String OUT = "out.2.weight";
  private static final String TIME = "time_embed.0.weight";
  private static final String BLOCK = "input_blocks.1.1.transformer_blocks.0.";
  private static final String QUERY = BLOCK + "attn1.to_q.weight";
  private static final String CLIP =
      "cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight";
  private static final String VAE = "first_stage_model.decoder.conv_in.weight";

  @TempDir private static Path models;

  @TempDir private Path folder;

  @BeforeAll
  static void writeModels() {
    MiniatureModels.write(models);
  }

  private Run run(Object sample, Object... options) {
    Object[] fixed = {
      "run",
      SAMPLES.resolve(sample.toString()),
      "--models",
      models,
      "--output-dir",
      folder,
      "--no-fsync"
    };
    return Run.of(Stream.concat(Arrays.stream(fixed), Arrays.stream(options)).toArray());
  }

  private Path onlyFile() {
    return files().getFirst();
  }

  private List<Path> files() {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Set<String> names(Path file) {
    try (Checkpoint opened = Checkpoints.open(file)) {
      return new TreeSet<>(opened.tensors().keySet());
    }
  }

  /// Quiet, but for what the node pack's own behaviour makes noteworthy.
  private static void assertRan(Run run) {
    assertThat(run.err().lines())
        .allSatisfy(line ->
            assertThat(line)
                .matches(
                    "note: Under --compat comfyui.daremerge the name of a block is a bare .*"
                        + "|note: CLIPMergeSimple follows ComfyUI's code: .*"));
    assertThat(run.code()).isZero();
  }

  /// `1.5 3`, or `1|2 2|4` where each element is one of two.
  private static void assertValues(Path file, String tensor, String values) {
    float[] found = TinyCheckpoint.read(file, tensor);
    String[] wanted = values.split(" ");
    assertThat(found).as(tensor).hasSize(wanted.length);
    for (int i = 0; i < wanted.length; i++) {
      float element = found[i];
      assertThat(wanted[i].split("\\|"))
          .as("%s[%s] = %s", tensor, i, element)
          .anySatisfy(
              each -> assertThat(Math.abs(element - Float.parseFloat(each))).isLessThan(1e-6f));
    }
  }

  private static Set<String> expected(String layout, Component... parts) {
    return MiniatureModels.names(layout, EnumSet.copyOf(List.of(parts)));
  }

  /// Diffusion models of SD 1.5, saved alone.
  @ParameterizedTest
  @CsvSource({
    "ModelMergeSubtract, " + INPUT + ", 1.5 4",
    "ModelMergeAdd, " + INPUT + ", 2 6",
    "ModelMergeBlocks, " + INPUT + ", 2 4",
    "ModelMergeBlocks, " + MIDDLE + ", 1 2",
    "ModelMergeBlocks, " + OUT + ", 3 6",
    "ModelMergeBlocks, " + TIME + ", 2 4",
    "ModelMergeSD1, " + INPUT + ", 1.5 3",
    "ModelMergeSD1, " + OUTPUT + ", 2.5 5",
    "CheckpointLoaderSimple, " + OUT + ", 1 2",
    "ModelSave, " + INPUT + ", 1.5 3",
    // 0.75 (0.75 photo + 0.25 anime) + 0.25 base
    "PrimitiveFloat, " + INPUT + ", 1.625 2.75",
    "PrimitiveInt, " + INPUT + ", 1|2 2|4",
    "PrimitiveInt, " + OUT + ", 1 2",
    "PrimitiveString, " + OUT + ", 1 2",
    "PrimitiveStringMultiline, " + QUERY + ", 1 2",
    "PrimitiveStringMultiline, " + INPUT + ", 3 6",
    // Without norms of their own, these are no part.
    "PrimitiveBoolean, " + BLOCK + "norm1.weight, 1 2",
    "PrimitiveBoolean, " + QUERY + ", 2 4",
    "DM_BlockModelMerger, " + INPUT + ", 1.5 3",
    "DM_BlockModelMerger, " + OUTPUT + ", 2.5 5",
    "DM_BlockModelMerger, " + OUT + ", 3 6",
    // They differ by 2 and 4, whose median is 3.
    "DM_MaskedModelMerger, " + INPUT + ", 3 2",
    "DM_MaskedModelMerger, " + OUT + ", 1 2",
    // Both point the same way: slerp of the two is lerp.
    "DM_AdvancedModelMerger, " + INPUT + ", 1 2",
    "DM_AdvancedModelMerger, " + MIDDLE + ", 3 6",
    "DM_AdvancedDareModelMerger, " + BLOCK + "norm1.weight, 1 2",
    "DM_AdvancedDareModelMerger, " + QUERY + ", 1|2 2|4",
    "DM_AdvancedDareModelMerger, " + BLOCK + "ff.net.2.weight, 1|3 2|6",
    "DM_DareModelMergerBlock, " + INPUT + ", 1|2 2|4",
    "DM_DareModelMergerBlock, " + OUT + ", 1 2",
    "DM_DareModelMerger, " + INPUT + ", 1|2 2|4",
    "DM_DareModelMergerMBW, " + INPUT + ", 1|2 2|4",
    "DM_DareModelMergerMBW, " + MIDDLE + ", 1|2.5 2|5",
    // Half of the exterior times half of the attention.
    "DM_DareModelMergerElement, " + QUERY + ", 1|2.5 2|5",
    "DM_NormalizeModel, " + QUERY + ", 3 6",
    "DM_NormalizeModel, " + BLOCK + "attn1.to_v.weight, 1 2",
    "DM_InjectNoise, " + QUERY + ", 1 2",
    "DM_MagnitudeMasker, " + INPUT + ", 3 2",
    "DM_SimpleMasker, " + INPUT + ", 1|3 2|6",
    // In one quarter anime, in another base.
    "DM_QuadMasker, " + INPUT + ", 1|3|2 2|6",
    "DM_MaskOperations, " + INPUT + ", 1 6",
    "DM_MaskEdit, " + QUERY + ", 1 2",
    "DM_MaskEdit, " + INPUT + ", 3 6",
    "MokumeLoadMask, " + OUT + ", 1 6",
    "DM_BlockGradient, " + INPUT + ", 2.5 5",
    "DM_MBWGradient, input_blocks.4.0.in_layers.2.weight, 1.4 2.8",
    "DM_MBWGradient, " + MIDDLE + ", 2.2 4.4",
    "DM_ShellGradient, " + INPUT + ", 1 2",
    "DM_ShellGradient, " + MIDDLE + ", 3 6",
    "DM_AttentionGradient, " + QUERY + ", 2 4",
    "DM_AttentionGradient, " + INPUT + ", 1 2",
    // The smaller of 0.25 and 0.5, of 0.25 and 0.
    "DM_GradientOperations, " + QUERY + ", 2.5 5",
    "DM_GradientOperations, " + BLOCK + "ff.net.2.weight, 3 6",
    "DM_GradientEdit, " + QUERY + ", 2 4",
    "DM_GradientEdit, " + INPUT + ", 2.5 5",
    "MokumeLoadGradient, " + OUT + ", 2.5 5",
    "MokumeLoadGradient, " + INPUT + ", 1 2",
  })
  void diffusionModel(String sample, String tensor, String values) {
    Run run = run(sample + ".json");

    assertRan(run);
    assertThat(names(onlyFile())).isEqualTo(expected("sd15", Component.UNET));
    assertValues(onlyFile(), MiniatureModels.UNET + tensor, values);
  }

  /// Diffusion models whose layout Mokume has.
  @ParameterizedTest
  @CsvSource({
    "ModelMergeSD2, sd21, middle_block.0.in_layers.2.weight, 1.5 3",
    "ModelMergeSDXL, sdxl, output_blocks.8.0.in_layers.2.weight, 2.5 5",
    "ModelMergeSD3_2B, sd3, joint_blocks.23.x_block.mlp.fc1.weight, 2.5 5",
    "ModelMergeFlux1, flux-dev, single_blocks.37.linear1.weight, 2.5 5",
    "UNETLoader, flux-dev, single_blocks.37.linear1.weight, 1 2",
  })
  void otherArchitecture(String sample, String layout, String tensor, String values) {
    Run run = run(sample + ".json");

    assertRan(run);
    assertThat(names(onlyFile())).isEqualTo(expected(layout, Component.UNET));
    assertValues(onlyFile(), MiniatureModels.UNET + tensor, values);
  }

  @ParameterizedTest
  @CsvSource({
    "SD35_Large, joint_blocks.0.weight, joint_blocks.37.weight",
    "Auraflow, double_layers.0.weight, single_layers.31.weight",
    "MochiPreview, blocks.0.weight, blocks.47.weight",
    "LTXV, transformer_blocks.0.weight, transformer_blocks.27.weight",
    "Cosmos7B, blocks.block0.weight, blocks.block27.weight",
    "Cosmos14B, blocks.block0.weight, blocks.block35.weight",
    "WAN2_1, blocks.0.weight, blocks.39.weight",
    "CosmosPredict2_2B, blocks.0.weight, blocks.27.weight",
    "CosmosPredict2_14B, blocks.0.weight, blocks.35.weight",
    "QwenImage, transformer_blocks.0.weight, transformer_blocks.59.weight",
  })
  void architectureWithoutALayout(String family, String first, String last) {
    String node = "ModelMerge" + family;

    Run run = run(node + ".json");

    assertRan(run);
    assertThat(names(onlyFile())).isEqualTo(MiniatureModels.namesOf(node));
    assertValues(onlyFile(), MiniatureModels.UNET + first, "1.5 3");
    assertValues(onlyFile(), MiniatureModels.UNET + last, "2.5 5");
  }

  @ParameterizedTest
  @CsvSource({
    "ModelMergeSimple, 1.5 3, 1 2, 1 2",
    "CLIPMergeSimple, 1 2, 1.5 3, 1 2",
    "CLIPMergeSubtract, 1 2, 1.5 4, 1 2",
    "CLIPMergeAdd, 1 2, 2 6, 1 2",
    "CLIPLoader, 1 2, 3 6, 1 2",
    "VAELoader, 1 2, 1 2, 3 6",
    "CheckpointSave, 1 2, 3 6, 3 6",
    "DM_DareClipMerger, 1 2, 1|2 2|4, 1 2",
    // Input block 1 has 0.95 of photo and may change where the two differ least.
    "two-model-dare, 1|1.1 2, 1|1.6 2|3.2, 1 2",
    "add-difference-vae, 2 6, 2 6, 3 6",
    "masked-blocks-reports, 1.5 2, 1 2, 1 2",
  })
  void checkpoint(String sample, String unet, String clip, String vae) {
    Run run = run(sample + ".json");

    assertRan(run);
    assertThat(names(onlyFile()))
        .isEqualTo(expected("sd15", Component.UNET, Component.CLIP_L, Component.VAE));
    assertValues(onlyFile(), MiniatureModels.UNET + INPUT, unet);
    assertValues(onlyFile(), CLIP, clip);
    assertValues(onlyFile(), VAE, vae);
  }

  @ParameterizedTest
  @CsvSource({
    "CLIPSave, clip_l, text_model.encoder.layers.0.mlp.fc1.weight, 1 2",
    "VAESave, '', decoder.conv_in.weight, 1 2",
    "DualCLIPLoader, clip_l clip_g, text_model.encoder.layers.0.mlp.fc1.weight, 3 6",
    "TripleCLIPLoader, clip_l clip_g t5xxl, text_model.encoder.layers.0.mlp.fc1.weight, 3 6",
  })
  void parts(String sample, String encoders, String tensor, String values) {
    Run run = run(sample + ".json");

    assertRan(run);
    List<String> stems =
        encoders.isEmpty()
            ? List.of(sample)
            : Arrays.stream(encoders.split(" ")).map(name -> sample + "_" + name).toList();
    assertThat(files().stream().map(file -> file.getFileName().toString()))
        .containsExactlyInAnyOrderElementsOf(
            stems.stream().map(stem -> stem + "_00001_.safetensors").toList());
    Path first =
        files().stream()
            .filter(file -> file.toString().contains(stems.getFirst()))
            .toList()
            .getFirst();
    assertThat(names(first)).contains(tensor);
    assertValues(first, tensor, values);
  }

  /// photo is 1 and 2; the LoRA adds 1 and 2 to the middle's layer, ten times that to the
  /// encoder's.
  @ParameterizedTest
  @CsvSource({
    "LoraLoader.json, 1.5 3, 6 12",
    "LoraLoaderModelOnly.json, 1.5 3, 1 2",
    "DM_LoRALoaderTags.json, 1.5 3, 6 12"
  })
  void loras(String sample, String middle, String encoder) {
    Path out = folder.resolve("out.safetensors");
    run(sample, "--output", "CheckpointSave=" + out);

    assertValues(out, "model.diffusion_model." + MIDDLE, middle);
    assertValues(out, CLIP, encoder);
  }

  /// anime less base is 1 and 4 in each of the model's tensors of two elements.
  @Test
  void aLoraOfADifference() {
    Run run = run("LoraSave.json");

    assertRan(run);
    assertThat(onlyFile().getFileName()).hasToString("LoraSave_00001_.safetensors");
    assertThat(names(onlyFile()))
        .contains(
            "diffusion_model.middle_block.1.proj_in.lora_up.weight",
            "diffusion_model.middle_block.1.proj_in.lora_down.weight",
            "diffusion_model.out.2.diff_b",
            "text_encoders.clip_l.transformer.text_model.encoder.layers.0.mlp.fc1.lora_up.weight")
        .noneMatch(name -> name.endsWith(".alpha"));
    Path out = folder.resolve("again.safetensors");
    Run.of("lora", "apply", models.resolve("checkpoints/base.safetensors"), onlyFile(), "-o", out);
    // The factors 1, 4 and 1 are cut to 3.88, which is 3.880859375 in F16.
    assertValues(out, MiniatureModels.UNET + MIDDLE, "3 5.880859375");
  }

  @Test
  void reports() throws IOException {
    Path text = folder.resolve("report.txt");

    run("DM_MaskReporting.json", "--output", "DM_MaskReporting=" + text);
    assertThat(text).content().contains("middle_block: ").contains("(50.00%)");
    run("DM_GradientReporting.json", "--force", "--output", "DM_GradientReporting=" + text);
    assertThat(Files.readAllLines(text)).anySatisfy(line -> assertThat(line).endsWith(": 0.25"));
    run("DM_LoRAReporting.json", "--force", "--output", "DM_LoRAReporting=" + text);
    assertThat(text).content().contains("tower").contains("sea").doesNotContain("fog");
    run("DM_ModelReporting.json", "--force", "--output", "DM_ModelReporting.0=" + text);
    assertThat(text).hasContent("diffusion_model.out.2.weight");
    Path ratios = folder.resolve("ratios.txt");
    run(
        "masked-blocks-reports.json",
        "--force",
        "--output",
        "Mask=" + text,
        "--output",
        "Ratios=" + ratios);
    assertThat(text).content().contains("(50.00%)");
    assertThat(Files.readAllLines(ratios)).anySatisfy(line -> assertThat(line).endsWith(": 0.75"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"shared-0.4.json", "shared-1.json", "shared.png"})
  void sharedGraph(String sample) {
    Path out = folder.resolve("merged.safetensors");

    Run run = run(sample, "--output", "Anime into photo=" + out);

    assertRan(run);
    assertThat(files()).containsExactly(out);
    // The whole checkpoint that the model came from.
    assertThat(names(out)).isEqualTo(expected("sd15", Component.values()));
    assertValues(out, MiniatureModels.UNET + INPUT, "1|1.1 2");
    assertValues(out, MiniatureModels.UNET + OUT, "1 2");
    assertValues(out, CLIP, "1 2");
    Path same = folder.resolve("same.safetensors");
    run("shared-0.4.json", "--output", "Anime into photo=" + same);
    for (String tensor : names(same)) {
      assertThat(TinyCheckpoint.read(out, tensor)).isEqualTo(TinyCheckpoint.read(same, tensor));
    }
    // Something was taken over.
    assertThat(expected("sd15", Component.UNET))
        .anySatisfy(tensor -> assertThat(TinyCheckpoint.read(out, tensor)[0]).isGreaterThan(1));
  }

  @Test
  void aSharedGraphSaysWhereItsMergesEnd() {
    Run run = run("shared.png");

    assertThat(run.err()).contains("its merges end in node 4 (Anime into photo).");
    assertThat(files()).isEmpty();
  }

  /// The page lists every file with its nodes, and there is a file for every node that runs.
  @Test
  void thePageListsThem() throws IOException {
    Matcher row =
        Pattern.compile("(?m)^\\| \\[(.+?\\.json)]\\(\\1\\) \\| (.+?) \\| .+ \\|$")
            .matcher(Files.readString(SAMPLES.resolve("README.md")));
    List<String> listed = new ArrayList<>();
    while (row.find()) {
      listed.add(row.group(1));
      if (!row.group(1).startsWith("shared")) {
        String types =
            WorkflowReader.read(SAMPLES.resolve(row.group(1)), NodeRegistry.all())
                .nodes()
                .values()
                .stream()
                .map(Node::type)
                .distinct()
                .collect(Collectors.joining(", "));
        assertThat(row.group(2)).as(row.group(1)).isEqualTo(types);
      }
    }
    try (Stream<Path> files = Files.list(SAMPLES)) {
      assertThat(listed)
          .containsExactlyInAnyOrderElementsOf(
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> name.endsWith(".json"))
                  .toList());
    }
    assertThat(NodeRegistry.all().types().stream().map(NodeType::name))
        .allSatisfy(name -> assertThat(listed).contains(name + ".json"));
  }
}
