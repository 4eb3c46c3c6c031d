package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.MaskFile;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import dev.mokume.plan.MergePlan.LeftOut;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Mask.Fill;
import dev.mokume.recipe.Mask.Quantile;
import dev.mokume.recipe.Mask.Select;
import dev.mokume.recipe.Mask.SetOperation;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Masks, worked out by hand where they are not drawn, and counted where they are.
class MasksTest {
  private static final int MANY = 100_000;

  @TempDir Path folder;

  private SmallMerge merge;

  @BeforeEach
  void begin() {
    merge = new SmallMerge(folder);
  }

  private static SmallCheckpoint w(float... values) {
    return new SmallCheckpoint().with("w", values);
  }

  private boolean[] bits(Mask mask, int count) {
    return merge.mask(mask).packedBits("w", count);
  }

  private static int count(boolean[] bits) {
    int set = 0;
    for (boolean bit : bits) {
      set += bit ? 1 : 0;
    }
    return set;
  }

  private static Mask magnitude(double threshold, Quantile quantile, Select select) {
    return new Mask.Magnitude(A, B, threshold, quantile, select);
  }

  @Test
  void onlyWhatIsAskedForIsWritten() {
    String unet = "model.diffusion_model.out.0.weight";
    String vae = "first_stage_model.decoder.conv_in.weight";
    merge.model("a", new SmallCheckpoint().with(unet, 1, 2).with(vae, 3, 4));
    Mask all = new Mask.Constant(A, true);
    SmallCheckpoint whole = merge.merge(Result.MaskFile.of(all));
    assertThat(whole.names()).containsExactlyInAnyOrder(unet, vae);

    Result unetAlone = new Result.MaskFile(all, Set.of(Component.UNET));
    SmallCheckpoint part = merge.merge(unetAlone);
    assertThat(part.names()).containsExactly(unet);
    assertThat(part.bytes(unet)).isEqualTo(whole.bytes(unet));
    assertThat(merge.plan(unetAlone).left())
        .containsExactly(new LeftOut(vae, "only the diffusion model is to be written"));
    assertThat(merge.plan(new Result.MaskFile(all, Set.of(Component.CLIP_L))).problems())
        .extracting(Problem::message)
        .containsExactly(
            "the mask has no tensor of the CLIP-L text encoder, and only that is to be written."
                + " Name in only what it is of.");
  }

  // Magnitudes

  @Test
  void belowIsLessThanTheThresholdAndAboveIsTheRest() {
    // Differences 1 -2 3 -4 5: the median is 3.
    merge.model("a", w(0, 0, 0, 0, 0)).model("b", w(1, -2, 3, -4, 5));
    assertThat(bits(magnitude(0.5, Quantile.EXACT, Select.BELOW), 5))
        .containsExactly(true, true, false, false, false);
    assertThat(bits(magnitude(0.5, Quantile.EXACT, Select.ABOVE), 5))
        .containsExactly(false, false, true, true, true);
  }

  @Test
  void theEndsAreExact() {
    merge.model("a", w(0, 0)).model("b", w(1, 2));
    assertThat(bits(magnitude(0, Quantile.EXACT, Select.BELOW), 2)).containsOnly(false);
    assertThat(bits(magnitude(0, Quantile.EXACT, Select.ABOVE), 2)).containsOnly(true);
    assertThat(bits(magnitude(1, Quantile.EXACT, Select.BELOW), 2)).containsOnly(true);
    assertThat(bits(magnitude(1, Quantile.EXACT, Select.ABOVE), 2)).containsOnly(false);
  }

  @Test
  void chunksGiveOneThreshold() {
    // Chunks of two: (1 3) (5 7) (9 11) have the medians 2 6 10; the lower median of those is 6,
    // index 1 of 3 too.
    merge.model("a", w(0, 0, 0, 0, 0, 0)).model("b", w(1, 3, 5, 7, 9, 11));
    for (Quantile.Rule rule : List.of(Quantile.Rule.MEDIAN, Quantile.Rule.QUANTILE)) {
      assertThat(bits(magnitude(0.5, new Quantile(rule, 2), Select.BELOW), 6))
          .containsExactly(true, true, true, false, false, false);
    }
  }

  @Test
  void equalModelsHaveNoDifferenceBelowTheirThreshold() {
    merge.model("a", w(1, -1, 2)).model("b", w(1, -1, 2));
    assertThat(bits(magnitude(0.9, Quantile.EXACT, Select.BELOW), 3)).containsOnly(false);
    assertThat(bits(magnitude(0.9, Quantile.EXACT, Select.ABOVE), 3)).containsOnly(true);
  }

  // Sets

  /// u is masked by both files, v by the first, w by the second only.
  private SmallCheckpoint combined(SetOperation operation) {
    merge.model("a", new SmallCheckpoint().with("u", 0, 0, 0, 0).with("v", 0, 0).with("w", 0, 0));
    Path first =
        new SmallCheckpoint()
            .withBytes("u", DType.U8, Shape.of(4), (byte) 1, (byte) 1, (byte) 0, (byte) 0)
            .withBytes("v", DType.BOOL, Shape.of(2), (byte) 1, (byte) 0)
            .write(folder.resolve("first.safetensors"));
    Path second =
        new SmallCheckpoint()
            .with("u", 1, 0, -2, 0)
            .with("w", 0, 3)
            .write(folder.resolve("second.safetensors"));
    return merge.mask(
        new Mask.Combined(operation, new Mask.Stored(first), new Mask.Stored(second)));
  }

  @Test
  void unionKeepsWhatEitherKnows() {
    SmallCheckpoint mask = combined(SetOperation.UNION);
    assertThat(mask.packedBits("u", 4)).containsExactly(true, true, true, false);
    assertThat(mask.packedBits("v", 2)).containsExactly(true, false);
    assertThat(mask.packedBits("w", 2)).containsExactly(false, true);
  }

  @Test
  void intersectionKeepsWhatBothKnow() {
    SmallCheckpoint mask = combined(SetOperation.INTERSECT);
    assertThat(mask.packedBits("u", 4)).containsExactly(true, false, false, false);
    assertThat(mask.names()).containsExactly("u");
  }

  @Test
  void differenceKeepsWhatTheFirstKnows() {
    SmallCheckpoint mask = combined(SetOperation.DIFFERENCE);
    assertThat(mask.packedBits("u", 4)).containsExactly(false, true, false, false);
    assertThat(mask.packedBits("v", 2)).containsExactly(true, false);
    assertThat(mask.names()).containsExactlyInAnyOrder("u", "v");
  }

  @Test
  void exclusiveOrKeepsWhatEitherKnows() {
    SmallCheckpoint mask = combined(SetOperation.XOR);
    assertThat(mask.packedBits("u", 4)).containsExactly(false, true, true, false);
    assertThat(mask.packedBits("v", 2)).containsExactly(true, false);
    assertThat(mask.packedBits("w", 2)).containsExactly(false, true);
  }

  // Draws

  private void large() {
    merge.model("a", new SmallCheckpoint().with("w", new float[MANY]).with("v", new float[MANY]));
  }

  @Test
  void aRandomMaskIsClearInTheShareAskedFor() {
    large();
    // Four standard deviations of sqrt(n p q) = 145.
    assertThat(count(bits(new Mask.Random(A, 0.3, 1), MANY))).isBetween(70_000 - 580, 70_000 + 580);
    assertThat(count(bits(new Mask.Random(A, 1, 1), MANY))).isZero();
  }

  @Test
  void aGaussianMaskSetsAHalf() {
    large();
    assertThat(count(bits(new Mask.Gaussian(A, 0.7, 0.1, 1), MANY)))
        .isBetween(50_000 - 633, 50_000 + 633);
    assertThat(count(bits(new Mask.Gaussian(A, 0.7, 0, 1), MANY))).as("no deviation").isZero();
  }

  @Test
  void masksOfOtherTensorsAndSeedsAreOthers() {
    large();
    SmallCheckpoint one = merge.mask(new Mask.Random(A, 0.5, 1));
    assertThat(one.bytes("v")).isNotEqualTo(one.bytes("w"));
    assertThat(merge.mask(new Mask.Random(A, 0.5, 2)).bytes("w")).isNotEqualTo(one.bytes("w"));
    assertThat(merge.mask(new Mask.Random(A, 0.5, 1)).bytes("w")).isEqualTo(one.bytes("w"));
  }

  @Test
  void theFourQuartersAreDisjointAndCoverEverything() {
    large();
    int[] times = new int[MANY];
    for (int quarter = 0; quarter < 4; quarter++) {
      boolean[] bits = bits(new Mask.Quarter(A, quarter, 5, OptionalLong.empty()), MANY);
      assertThat(count(bits)).isBetween(25_000 - 548, 25_000 + 548);
      for (int i = 0; i < MANY; i++) {
        times[i] += bits[i] ? 1 : 0;
      }
    }
    assertThat(times).containsOnly(1);
  }

  @Test
  void aConstantMaskIsTheSameEverywhere() {
    merge.model("a", w(1, 2, 3));
    assertThat(bits(new Mask.Constant(A, true), 3)).containsOnly(true);
    assertThat(bits(new Mask.Constant(A, false), 3)).containsOnly(false);
  }

  // Edits

  @Test
  void anEditReplacesTheLayersNamedAndNoOther() {
    merge.model("a", new SmallCheckpoint().with("in.w", 0, 0).with("out.w", 0, 0));
    Mask all = new Mask.Constant(A, true);
    SmallCheckpoint mask = merge.mask(new Mask.Edited(all, new Fill.Constant(false), "in", 1));
    assertThat(mask.packedBits("in.w", 2)).containsOnly(false);
    assertThat(mask.packedBits("out.w", 2)).containsOnly(true);
  }

  @Test
  void anEditMayDraw() {
    merge.model(
        "a", new SmallCheckpoint().with("in.w", new float[MANY]).with("out.w", new float[MANY]));
    Mask none = new Mask.Constant(A, false);
    SmallCheckpoint mask = merge.mask(new Mask.Edited(none, new Fill.Random(0.25), "in", 1));
    assertThat(count(mask.packedBits("in.w", MANY))).isBetween(75_000 - 548, 75_000 + 548);
    assertThat(count(mask.packedBits("out.w", MANY))).isZero();
  }

  // Files

  @Test
  void aMaskFileHoldsABitAnElementAndTheShapes() {
    merge.model("a", new SmallCheckpoint().with("w", Shape.of(3, 3), new float[9]));
    SmallCheckpoint mask = merge.mask(new Mask.Constant(A, true));
    assertThat(mask.spec("w").dtype()).isEqualTo(DType.U8);
    assertThat(mask.spec("w").shape()).isEqualTo(Shape.of(2));
    // Nine bits, and the seven that pad the last byte are 0.
    assertThat(mask.bytes("w")).containsExactly(0xFF, 0x01);
    assertThat(mask.metadata()).containsEntry(MaskFile.SHAPES, "{\"w\":[3,3]}");
  }

  private Weights half(Mask mask) {
    return new Weights.Interpolate(
        Interpolation.LINEAR, A, B, new Ratio.Constant(0.5), Optional.of(mask));
  }

  @Test
  void aMaskThatWasWrittenMasksTheSame() {
    merge.model("a", w(0, 0, 0, 0, 0, 0, 0, 0, 0)).model("b", w(1, 2, 3, 4, 5, 6, 7, 8, 9));
    Mask low = magnitude(0.5, Quantile.EXACT, Select.BELOW);
    merge.mask(low);
    Path file = folder.resolve("mask.safetensors");
    SmallCheckpoint.read(merge.output()).write(file);
    float[] direct = merge.merge(half(low)).values("w");
    assertThat(direct).containsExactly(0.5f, 1, 1.5f, 2, 0, 0, 0, 0, 0);
    assertThat(merge.merge(half(new Mask.Stored(file))).values("w")).isEqualTo(direct);
  }

  @Test
  void aTensorThatTheMaskDoesNotKnowIsTakenWhole() {
    merge.model("a", new SmallCheckpoint().with("u", 0, 0).with("v", 0, 0));
    merge.model("b", new SmallCheckpoint().with("u", 2, 2).with("v", 2, 2));
    Path file = new SmallCheckpoint().with("u", 1, 0).write(folder.resolve("m.safetensors"));
    SmallCheckpoint result = merge.merge(half(new Mask.Stored(file)));
    assertThat(result.values("u")).containsExactly(1, 0);
    assertThat(result.values("v")).containsExactly(1, 1);
  }

  @Test
  void aMaskOfAnotherModelIsRefused() {
    merge.model("a", w(0, 0)).model("b", w(1, 1));
    Path file = new SmallCheckpoint().with("w", 1, 0, 1).write(folder.resolve("m.safetensors"));
    var plan =
        merge.plan(
            SmallMerge.only(dev.mokume.architecture.Component.OTHER, half(new Mask.Stored(file))));
    assertThat(plan.problems())
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.code()).isEqualTo(ErrorCode.MISMATCHED_INPUTS);
          assertThat(problem.message())
              .isEqualTo(
                  file
                      + ": the mask of tensor 'w' is for shape [3], but the model has [2]. This"
                      + " mask is of another model; make one from the models that are merged.");
        });
  }
}
