package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Normalization;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.SparseUpdate.Vote;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `comfyui+daremerge`: the values that a workflow's user saw, without the defects that damaged
/// tensors.
class WorkflowProfileTest {
  private static final String ATTENTION =
      "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q.weight";
  private static final String LAYER = "model.diffusion_model.time_embed.0.";

  @TempDir Path folder;

  private SmallMerge merge;

  @BeforeEach
  void begin() {
    merge = new SmallMerge(folder);
    merge.options = merge.options.withNonFinite(MergeOptions.NonFinite.WARN);
  }

  private void models(DType dtype, Shape shape, float[] a, float[] b) {
    merge.model("a", new SmallCheckpoint().with("w", dtype, shape, a));
    merge.model("b", new SmallCheckpoint().with("w", dtype, shape, b));
  }

  private static float[] row(float... values) {
    return values;
  }

  private float[] w(Compat compat, Weights weights) {
    merge.compat = compat;
    return merge.merge(weights).values("w");
  }

  private static Weights interpolate(Interpolation method, double t) {
    return new Weights.Interpolate(method, A, B, new Ratio.Constant(t), Optional.empty());
  }

  @Test
  void halvesAreRoundedAfterEveryOperation() {
    models(DType.BF16, Shape.of(1), row(3), row(1));
    Weights lerp = interpolate(Interpolation.LERP, 0.3);
    // 0.7 and 0.3 are 0.69921875 and 0.30078125 in bf16; 2.09765625 + 0.30078125 rounds to
    // 2.09375 + 0.30078125, and that to 2.390625.
    assertThat(w(Compat.COMFYUI_DAREMERGE, lerp)).containsExactly(2.390625f);
    assertThat(w(Compat.DAREMERGE, lerp)).containsExactly(2.390625f);
    // 2.4 once, to the nearest of 2.390625 and 2.40625.
    assertThat(w(Compat.NONE, lerp)).containsExactly(2.40625f);
  }

  @Test
  void nearlyEqualTensorsAreBlendedLinearlyBySlerp() {
    models(DType.BF16, Shape.of(1, 2), row(2, 4), row(2, 4));
    Weights slerp = interpolate(Interpolation.SLERP, 0.5);
    assertThat(w(Compat.DAREMERGE, slerp)).containsExactly(Float.NaN, Float.NaN);
    assertThat(w(Compat.COMFYUI_DAREMERGE, slerp)).containsExactly(2, 4);
  }

  @Test
  void otherTensorsAreBlendedBySlerpAsThere() {
    models(DType.BF16, Shape.of(1, 2), row(2, 0), row(0, 1));
    Weights slerp = interpolate(Interpolation.SLERP, 0.5);
    assertThat(w(Compat.COMFYUI_DAREMERGE, slerp)).containsExactly(w(Compat.DAREMERGE, slerp));
  }

  @Test
  void aConstantTensorIsBlendedLinearlyByBislerp() {
    for (DType dtype : new DType[] {DType.BF16, DType.F16, DType.F32}) {
      models(dtype, Shape.of(2), row(2, 2), row(4, 4));
      Weights bislerp = interpolate(Interpolation.BISLERP, 0.5);
      assertThat(w(Compat.DAREMERGE, bislerp)).containsExactly(Float.NaN, Float.NaN);
      assertThat(w(Compat.COMFYUI_DAREMERGE, bislerp)).containsExactly(3, 3);
    }
  }

  @Test
  void dareRoundsAfterEachIteration() {
    // Everything is kept, so that an iteration adds b - a: 2^-8 more than 1, which bf16 rounds off.
    models(DType.BF16, Shape.of(1), row(1), row(0));
    merge.model("b", new SmallCheckpoint().with("w", DType.F32, Shape.of(1), 1 + 0x1p-9f));
    Weights dare =
        new Weights.Dare(
            A,
            B,
            new Ratio.Constant(0.5),
            new SparseUpdate(0, Vote.OFF, false, 1),
            1,
            Interpolation.LINEAR,
            Optional.empty());
    Weights scaled =
        new Weights.AddDelta(
            A, new dev.mokume.recipe.Delta.Difference(dare, A), new Ratio.Constant(512));
    // Half of 2^-9, 512 times, is 1/2; or nothing, if it was rounded off.
    assertThat(w(Compat.NONE, scaled)).containsExactly(1.5f);
    assertThat(w(Compat.COMFYUI_DAREMERGE, scaled)).containsExactly(1);
  }

  @Test
  void anEarlierMergeIsNotRounded() {
    models(DType.BF16, Shape.of(1), row(1), row(1.0078125f));
    // A quarter of 2^-7 is 2^-9, which bf16 has not beside 1.
    Weights quarter = interpolate(Interpolation.LINEAR, 0.25);
    Weights twice =
        new Weights.Interpolate(
            Interpolation.LINEAR, A, quarter, new Ratio.Constant(2), Optional.empty());
    // 2 (1 + 2^-9) - 1 is 1 + 2^-8, half-way to the next bf16: the even one is 1.
    Weights thrice =
        new Weights.Interpolate(
            Interpolation.LINEAR, A, quarter, new Ratio.Constant(4), Optional.empty());
    assertThat(w(Compat.COMFYUI_DAREMERGE, twice)).containsExactly(1);
    assertThat(w(Compat.COMFYUI_DAREMERGE, thrice)).containsExactly(1.0078125f);
    assertThat(w(Compat.DAREMERGE, thrice)).containsExactly(1);
  }

  @Test
  void zerosAreNormalisedToZeros() {
    Shape shape = Shape.of(1, 2);
    merge.model("a", new SmallCheckpoint().with(ATTENTION, DType.F16, shape, 0, 0));
    merge.model("b", new SmallCheckpoint().with(ATTENTION, DType.F16, shape, 3, 4));
    Weights normalise = new Weights.Normalize(A, B, Normalization.ATTN_ONLY, false);
    merge.compat = Compat.COMFYUI_DAREMERGE;
    assertThat(merge.merge(SmallMerge.only(Component.UNET, normalise)).values(ATTENTION))
        .containsExactly(0, 0);
    merge.compat = Compat.DAREMERGE;
    assertThat(merge.merge(SmallMerge.only(Component.UNET, normalise)).values(ATTENTION))
        .containsExactly(Float.NaN, Float.NaN);
  }

  @Test
  void aBiasIsScaledLikeItsWeight() {
    merge.model(
        "a",
        new SmallCheckpoint()
            .with(LAYER + "weight", Shape.of(1, 2), 3, 4)
            .with(LAYER + "bias", Shape.of(1), 7));
    merge.model(
        "b",
        new SmallCheckpoint()
            .with(LAYER + "weight", Shape.of(1, 2), 6, 8)
            .with(LAYER + "bias", Shape.of(1), 1));
    Weights normalise = new Weights.Normalize(A, B, Normalization.ALL, false);
    merge.compat = Compat.COMFYUI_DAREMERGE;
    assertThat(merge.merge(SmallMerge.only(Component.UNET, normalise)).values(LAYER + "bias"))
        .containsExactly(14);
    merge.compat = Compat.DAREMERGE;
    assertThat(merge.merge(SmallMerge.only(Component.UNET, normalise)).values(LAYER + "bias"))
        .containsExactly(0);
  }
}
