package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.PlannedTensor;
import dev.mokume.plan.PlannedTensor.Treatment;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.comfyui.Interpretation;
import dev.mokume.recipe.comfyui.ModelFolders;
import dev.mokume.recipe.comfyui.NodeRegistry;
import dev.mokume.recipe.comfyui.OutputNames;
import dev.mokume.recipe.comfyui.Product;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.workflow.WorkflowReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Seven merges of SDXL models in a row are one merge: nothing between them is written, and no
/// model is read more often than the masks need. The workflow is the documentation's.
class SevenMergesTest {
  private static final Path WORKFLOW = Path.of("..", "docs", "workflows", "seven-merges.json");
  private static final String UNET = "model.diffusion_model.";

  /// In the diffusion model, all of which the last merge leaves a share of each model in.
  private static final List<String> MERGED =
      List.of(
          "input_blocks.0.0.weight",
          "input_blocks.4.1.transformer_blocks.0.attn1.to_q.weight",
          "input_blocks.8.1.transformer_blocks.9.ff.net.2.weight",
          "middle_block.1.transformer_blocks.0.attn2.to_v.weight",
          "output_blocks.0.0.in_layers.2.weight",
          "output_blocks.8.1.transformer_blocks.1.attn1.to_out.0.weight");

  private static final List<String> KEPT =
      List.of(
          "conditioner.embedders.0.transformer.text_model.encoder.layers.0.mlp.fc1.weight",
          "conditioner.embedders.1.model.ln_final.weight",
          "first_stage_model.decoder.conv_in.weight");

  private static final Shape SHAPE = Shape.of(4, 16);
  private static final long TENSOR_BYTES = 2 * SHAPE.elementCount();

  private final MergeOptions options =
      MergeOptions.defaults().withDurable(false).withMemory(16 << 20);

  @TempDir private Path models;

  @BeforeEach
  void writeModels() {
    write("base", 0);
    write("a", 1);
    write("b", 2);
  }

  private void write(String name, int model) {
    SmallCheckpoint checkpoint = new SmallCheckpoint();
    for (String tensor : MERGED) {
      checkpoint.with(UNET + tensor, DType.F16, SHAPE, values(model));
    }
    checkpoint.with(UNET + "label_emb.0.0.weight", DType.F16, SHAPE, values(model));
    for (String tensor : KEPT) {
      checkpoint.with(tensor, DType.F16, SHAPE, values(model));
    }
    checkpoint.write(models.resolve(name + ".safetensors"));
  }

  /// The models' differences have every size from 0 on, in an order of their own.
  private static float[] values(int model) {
    float[] values = new float[(int) SHAPE.elementCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i + model * (i * 7 % 16) / 16f;
    }
    return values;
  }

  private Recipe recipe(String workflow) {
    Interpretation meaning =
        Interpretation.of(
            WorkflowReader.parse("seven-merges.json", workflow, NodeRegistry.all()),
            new Interpretation.Request(
                ModelFolders.of(models),
                new OutputNames(models.resolve("output"), LocalDateTime.MIN),
                List.of(),
                Compat.COMFYUI_DAREMERGE,
                Rng.STATELESS));
    assertThat(meaning.problems()).isEmpty();
    assertThat(meaning.products()).hasSize(1);
    return ((Product.Content.Merge) meaning.products().getFirst().content()).recipe();
  }

  private static List<PlannedTensor> merged(MergePlan plan) {
    return plan.tensors().stream()
        .filter(tensor -> tensor.treatment() == Treatment.MERGED)
        .filter(tensor -> tensor.component() == Component.UNET)
        .filter(tensor -> !tensor.spec().name().contains("label_emb"))
        .toList();
  }

  /// The upper bits of the differences' magnitudes, the lower ones, the merge: both masks are
  /// measured in the same passes.
  @Test
  void twoMasksOfTheModelsTakeThreePasses() throws IOException {
    MergePlan plan = Mokume.plan(recipe(Files.readString(WORKFLOW)), options);

    assertThat(plan.problems()).isEmpty();
    assertThat(plan.recipe().models()).containsOnlyKeys("base", "a", "b");
    assertThat(merged(plan))
        .hasSize(MERGED.size())
        .allSatisfy(tensor -> {
          assertThat(tensor.passes()).isEqualTo(3);
          assertThat(tensor.inputBytes()).isEqualTo(3 * TENSOR_BYTES);
        });
  }

  /// Where memory holds a tensor of each model, they are read once for all passes.
  @Test
  void everyModelIsReadOnce() throws IOException {
    Recipe recipe = recipe(Files.readString(WORKFLOW));
    MergePlan plan = Mokume.plan(recipe, options);
    assertThat(plan.largestWorkingSet()).isEqualTo(3 * TENSOR_BYTES);
    assertThat(plan.readBytes())
        .isEqualTo(plan.tensors().stream().mapToLong(PlannedTensor::inputBytes).sum())
        .isLessThanOrEqualTo(3 * MERGED.size() * TENSOR_BYTES + 6 * TENSOR_BYTES);

    MergeReport report = Mokume.merge(recipe, models.resolve("out.safetensors"), options);

    assertThat(report.bytesRead()).isEqualTo(plan.readBytes());
  }

  /// The second mask then compares what the first mask had a part in, and has to wait for it.
  @Test
  void aMaskOfWhatAMaskMadeTakesTwoPassesMore() throws IOException {
    String workflow =
        Files.readString(WORKFLOW)
            .replace(
                "\"Where b differs most\"}, \"inputs\": {\n    \"model_a\": [\"1\", 0]",
                "\"Where b differs most\"}, \"inputs\": {\n    \"model_a\": [\"22\", 0]");

    MergePlan plan = Mokume.plan(recipe(workflow), options);

    assertThat(merged(plan))
        .hasSize(MERGED.size())
        .allSatisfy(tensor -> {
          assertThat(tensor.passes()).isEqualTo(5);
          assertThat(tensor.inputBytes()).isEqualTo(3 * TENSOR_BYTES);
        });
  }

  @Test
  void threeTimesTheSameModelIsThatModel() throws IOException {
    for (String other : List.of("a", "b")) {
      Files.copy(
          models.resolve("base.safetensors"),
          models.resolve(other + ".safetensors"),
          StandardCopyOption.REPLACE_EXISTING);
    }
    Path out = models.resolve("out.safetensors");
    Mokume.merge(recipe(Files.readString(WORKFLOW)), out, options);

    SmallCheckpoint merged = SmallCheckpoint.read(out);
    for (String tensor : MERGED) {
      assertThat(merged.values(UNET + tensor)).containsExactly(values(0));
    }
    assertThat(merged.values(KEPT.getFirst())).containsExactly(values(0));
  }
}
