package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.Problem;
import dev.mokume.plan.MergePlan;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A checkpoint of a plain diffusion model and a packed text encoder: the one is merged, the other
/// copied as it is.
class PackedPartTest {
  private static final String UNET = "model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight";
  private static final String T5 =
      "text_encoders.t5xxl.transformer.encoder.block.0.layer.0.SelfAttention.q.";

  @TempDir Path folder;

  private SmallMerge merge;

  @BeforeEach
  void models() {
    merge = new SmallMerge(folder).model("a", model(1)).model("b", model(3));
  }

  private static SmallCheckpoint model(float value) {
    return new SmallCheckpoint()
        .with(UNET, Shape.of(3, 1), value, 2 * value, 3 * value)
        .withBytes(T5 + "weight", DType.U8, Shape.of(1, 2), (byte) 0x21, (byte) value)
        .with(T5 + "weight_scale", DType.F8_E4M3, Shape.of(1, 1), 2)
        .with(T5 + "weight_scale_2", Shape.of(), 0.5f);
  }

  private static Result.Checkpoint mean(Component component) {
    Weights mean = new Weights.Sum(List.of(new Weights.Term(A, 0.5), new Weights.Term(B, 0.5)));
    return (Result.Checkpoint) SmallMerge.only(component, mean);
  }

  @Test
  void isCopiedWhereItIsNotTouched() {
    SmallCheckpoint out = merge.merge(mean(Component.UNET));

    assertThat(out.values(UNET)).containsExactly(2, 4, 6);
    for (String name : List.of("weight", "weight_scale", "weight_scale_2")) {
      assertThat(out.spec(T5 + name)).isEqualTo(model(1).spec(T5 + name));
      assertThat(out.bytes(T5 + name)).isEqualTo(model(1).bytes(T5 + name));
    }
  }

  /// A file that tells of both parts how they are quantised, of which the one is understood.
  @Test
  void isCopiedBesideWeightsWithScales() {
    String unet = UNET.replace(".weight", "");
    String settings =
        """
        {"format_version":"1.0","layers":{"%s":{"format":"float8_e4m3fn"},"%s":{"format":"nvfp4"}}}\
        """
            .formatted(unet, T5.substring(0, T5.length() - 1));
    for (String name : List.of("a", "b")) {
      merge.model(
          name,
          model(1)
              .with(UNET, DType.F8_E4M3, Shape.of(3, 1), 448, 1, 2)
              .with(unet + ".weight_scale", Shape.of(), 0.5f)
              .withMetadata("_quantization_metadata", settings));
    }

    SmallCheckpoint out = merge.merge(mean(Component.UNET));

    assertThat(out.values(UNET)).containsExactly(448, 1, 2);
    assertThat(out.values(unet + ".weight_scale")).containsExactly(0.5f);
    assertThat(out.bytes(T5 + "weight")).isEqualTo(model(1).bytes(T5 + "weight"));
    assertThat(out.metadata().get("_quantization_metadata")).contains("nvfp4", "float8_e4m3fn");
  }

  @Test
  void isRefusedWhereItIsBlended() {
    assertRefused(merge.plan(mean(Component.T5XXL)), "a", "b");
  }

  @Test
  void isRefusedWhereItIsConverted() {
    assertRefused(
        merge.plan(mean(Component.UNET).withDtypes(Map.of(Component.T5XXL, DType.F16))), "a");
  }

  private void assertRefused(MergePlan plan, String... models) {
    assertThat(plan.problems())
        .extracting(Problem::message)
        .hasSize(models.length)
        .allSatisfy(message ->
            assertThat(message).contains(": holds NVFP4 weights (1 tensor says so: '" + T5));
    for (int i = 0; i < models.length; i++) {
      assertThat(plan.problems().get(i).message())
          .startsWith(folder.resolve(models[i] + ".safetensors").toString());
    }
  }
}
