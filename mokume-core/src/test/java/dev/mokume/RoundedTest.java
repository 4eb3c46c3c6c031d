package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.PlannedTensor.Treatment;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.SparseUpdate.Vote;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// [Weights.Rounded]: as if stored in the tensor's dtype and loaded again.
class RoundedTest {
  private static final Weights QUARTER = interpolate(A, B, 0.25);

  @TempDir Path folder;

  private SmallMerge merge;

  @BeforeEach
  void begin() {
    merge = new SmallMerge(folder);
  }

  private static Weights interpolate(Weights a, Weights b, double alpha) {
    return new Weights.Interpolate(
        Interpolation.LINEAR, a, b, new Ratio.Constant(alpha), Optional.empty());
  }

  private void models(DType dtype, float a, float b) {
    merge.model("a", new SmallCheckpoint().with("w", dtype, Shape.of(1), a));
    merge.model("b", new SmallCheckpoint().with("w", dtype, Shape.of(1), b));
  }

  @Test
  void anEarlierMergeIsRoundedToTheFirstModelsDtype() {
    // A quarter of 2^-7 is 2^-9, which bf16 has not beside 1; four times that is 2^-7 again.
    models(DType.BF16, 1, 1 + 0x1p-7f);
    assertThat(merge.merge(interpolate(A, QUARTER, 4)).values("w")).containsExactly(1 + 0x1p-7f);
    assertThat(merge.merge(interpolate(A, new Weights.Rounded(QUARTER), 4)).values("w"))
        .containsExactly(1);
  }

  @Test
  void theDtypeIsTheOneStoredNotTheOneWritten() {
    merge.model("a", new SmallCheckpoint().with("w", DType.F32, Shape.of(1), 1));
    merge.model("b", new SmallCheckpoint().with("w", DType.BF16, Shape.of(1), 1 + 0x1p-7f));
    assertThat(merge.merge(interpolate(A, new Weights.Rounded(QUARTER), 4)).values("w"))
        .containsExactly(1 + 0x1p-7f);
  }

  @Test
  void anotherModelOfAFinerDtypeIsRoundedToo() {
    merge.model("a", new SmallCheckpoint().with("w", DType.BF16, Shape.of(1), 0));
    merge.model("b", new SmallCheckpoint().with("w", DType.F32, Shape.of(1), 1 + 0x1p-9f));
    // bf16 has no 2^-9 beside 1; 512 times that is 1.
    assertThat(merge.merge(inF32(interpolate(A, B, 512))).values("w")).containsExactly(513);
    assertThat(merge.merge(inF32(interpolate(A, new Weights.Rounded(B), 512))).values("w"))
        .containsExactly(512);
  }

  private static Result inF32(Weights weights) {
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(Component.OTHER, weights);
    return Result.Checkpoint.of(components).withDtypes(Map.of(Component.OTHER, DType.F32));
  }

  @Test
  void whatIsStoredSoIsOnlyCopied() {
    models(DType.BF16, 1, 2);
    MergePlan plan =
        merge.plan(SmallMerge.only(Component.OTHER, new Weights.Rounded(new Weights.Rounded(A))));
    assertThat(plan.tensors().getFirst().treatment()).isEqualTo(Treatment.COPIED);
    assertThat(merge.merge(new Weights.Rounded(B)).values("w")).containsExactly(2);
  }

  @Test
  void whoeverUsesItByNameSharesIt() {
    models(DType.F32, 0, 8);
    Weights dare =
        new Weights.Dare(
            A,
            B,
            new Ratio.Constant(1),
            new SparseUpdate(0, Vote.SUM, false, 1),
            1,
            Interpolation.LINEAR,
            Optional.empty());
    merge.weights.put("first", new Weights.Rounded(dare));
    Weights named = new Weights.Named("first");
    Weights twice = interpolate(named, new Weights.Named("first"), 0.5);
    MergePlan plan = merge.plan(SmallMerge.only(Component.OTHER, twice));
    assertThat(plan.tensors().getFirst().inputBytes()).as("each input once").isEqualTo(8);
    assertThat(plan.tensors().getFirst().passes()).as("one vote, then the result").isEqualTo(2);
    assertThat(merge.merge(twice).values("w")).containsExactly(8);
  }
}
