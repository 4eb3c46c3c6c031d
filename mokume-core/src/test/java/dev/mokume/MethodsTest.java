package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static dev.mokume.SmallMerge.C;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Noise;
import dev.mokume.recipe.Normalization;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.SparseUpdate.Vote;
import dev.mokume.recipe.Weights;
import dev.mokume.recipe.Weights.Term;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every method on tensors small enough to work out by hand. The tensor is called `w`.
class MethodsTest {
  private static final Offset<Float> ULP = offset(1e-7f);

  @TempDir Path folder;

  private SmallMerge merge;

  @BeforeEach
  void begin() {
    merge = new SmallMerge(folder);
  }

  private void models(Shape shape, float[]... models) {
    for (int i = 0; i < models.length; i++) {
      merge.model(
          String.valueOf((char) ('a' + i)), new SmallCheckpoint().with("w", shape, models[i]));
    }
  }

  private static float[] row(float... values) {
    return values;
  }

  private static float[] filled(int count, float value) {
    float[] values = new float[count];
    Arrays.fill(values, value);
    return values;
  }

  private float[] w(Weights weights) {
    return merge.merge(weights).values("w");
  }

  private float[] blend(Interpolation method, double t) {
    return w(interpolate(method, t));
  }

  private static Weights interpolate(Interpolation method, double t) {
    return new Weights.Interpolate(method, A, B, new Ratio.Constant(t), Optional.empty());
  }

  // Interpolations

  @Test
  void linearTakesAShareOfEach() {
    models(Shape.of(2, 2), row(1, 2, 3, 4), row(5, 6, 7, 0));
    // 3/4 of the first and 1/4 of the later.
    assertThat(blend(Interpolation.LINEAR, 0.25)).containsExactly(2, 3, 4, 3);
    assertThat(blend(Interpolation.LERP, 0.25)).containsExactly(2, 3, 4, 3);
    assertThat(blend(Interpolation.LINEAR, 0)).containsExactly(1, 2, 3, 4);
    assertThat(blend(Interpolation.LINEAR, 1)).containsExactly(5, 6, 7, 0);
  }

  @Test
  void shares0And1AreNotComputedWith() {
    models(Shape.of(2), row(1, 2), row(Float.NaN, Float.POSITIVE_INFINITY));
    merge.options = merge.options.withNonFinite(MergeOptions.NonFinite.WARN);
    assertThat(blend(Interpolation.LINEAR, 0)).containsExactly(1, 2);
    assertThat(blend(Interpolation.LERP, 1)).containsExactly(Float.NaN, Float.POSITIVE_INFINITY);
  }

  @Test
  void slerpGoesAlongTheArc() {
    // Right angles: at a third of the way sin 60 of the first and sin 30 of the later, over sin 90.
    models(Shape.of(1, 2), row(2, 0), row(0, 1));
    float[] third = blend(Interpolation.SLERP, 1 / 3.0);
    assertThat(third[0]).isEqualTo(2 * 0.8660254f, ULP);
    assertThat(third[1]).isEqualTo(0.5f, ULP);
    // Half-way: sin 45 = 0.70710678 of each.
    assertThat(blend(Interpolation.SLERP, 0.5)[1]).isEqualTo(0.70710678f, ULP);
  }

  @Test
  void slerpIsLinearWhereThereIsNoArc() {
    models(Shape.of(1, 2), row(3, 1), row(6, 2));
    assertThat(blend(Interpolation.SLERP, 0.25)).as("parallel").containsExactly(3.75f, 1.25f);
    models(Shape.of(1, 2), row(4, 0), row(-4, 0));
    assertThat(blend(Interpolation.SLERP, 0.25)).as("opposite").containsExactly(2, 0);
    models(Shape.of(2), row(2, 0), row(0, 1));
    assertThat(blend(Interpolation.SLERP, 0.25)).as("a vector").containsExactly(1.5f, 0.25f);
  }

  @Test
  void slerpFromZerosTakesTheSineOfTheLaterModel() {
    // No direction: the cosine counts as 0, the angle as 90 degrees; sin 30 of the later.
    models(Shape.of(1, 2), row(0, 0), row(4, 2));
    float[] third = blend(Interpolation.SLERP, 1 / 3.0);
    assertThat(third[0]).isEqualTo(2, offset(1e-6f));
    assertThat(third[1]).isEqualTo(1, ULP);
  }

  @Test
  void sliceTakesTheFirstColumnsFromTheFirst() {
    // 20 columns: the seam is 2 x 1 wide and begins one column before the middle, with shares 0 and
    // 1/2.
    models(Shape.of(1, 20), filled(20, 0), filled(20, 8));
    assertThat(blend(Interpolation.SLICE, 0.5))
        .containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 8, 8, 8, 8, 8, 8, 8, 8, 8);
    // Fewer than 20 columns have no seam; every row alike.
    models(Shape.of(2, 4), row(1, 2, 3, 4, 5, 6, 7, 8), filled(8, 0));
    assertThat(blend(Interpolation.SLICE, 0.25)).containsExactly(1, 2, 3, 0, 5, 6, 7, 0);
  }

  @Test
  void sliceIsLinearWhereItsSeamDoesNotFit() {
    models(Shape.of(1, 20), filled(20, 0), filled(20, 8));
    // At 1 it would begin a column before the first.
    assertThat(blend(Interpolation.SLICE, 1)).containsOnly(8);
    assertThat(
            merge
                .plan(SmallMerge.only(Component.OTHER, interpolate(Interpolation.SLICE, 1)))
                .notes())
        .contains(
            "The interpolation slice does not fit the shape of 1 tensor, which is blended linearly:"
                + " w.");
  }

  @Test
  void cyclicGoesBackToTheFirst() {
    // 20 columns: a seam of 2 columns there, 2 columns of the later, a seam of 2 back.
    models(Shape.of(1, 20), filled(20, 0), filled(20, 8));
    assertThat(blend(Interpolation.CYCLIC, 0.5))
        .containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 8, 8, 8, 4, 0, 0, 0, 0, 0);
  }

  @Test
  void gradientRisesAndFalls() {
    // 5 columns, peak at (int) (5 * 0.6) = 3: ways 0, 1/3, 2/3, then (4 - 3) / 2 and (4 - 4) / 2;
    // times 0.9, times 10.
    models(Shape.of(1, 5), filled(5, 0), filled(5, 10));
    float[] result = blend(Interpolation.GRADIENT, 0.4);
    float[] expected = {0, 3, 6, 4.5f, 0};
    for (int i = 0; i < 5; i++) {
      assertThat(result[i]).isEqualTo(expected[i], offset(1e-6f));
    }
  }

  @Test
  void methodsByColumnLeaveOtherTensorsThanMatricesAlone() {
    models(Shape.of(2), row(1, 2), row(5, 6));
    for (Interpolation method :
        List.of(Interpolation.SLICE, Interpolation.CYCLIC, Interpolation.GRADIENT)) {
      assertThat(blend(method, 0.5)).containsExactly(1, 2);
    }
  }

  @Test
  void hslerpShiftsTheFirstChannelByTheDistance() {
    // Channels (1 2) and (3 4); the later is further by (3 0) and (4 0): distances 5 and 0 at the
    // two places.
    models(Shape.of(1, 2, 1, 2), row(1, 2, 3, 4), row(4, 2, 7, 4));
    float sixth = (float) 5 / 6;
    assertThat(blend(Interpolation.HSLERP, 0.25)).containsExactly(1.75f + sixth, 2, 4, 4);
    assertThat(blend(Interpolation.HSLERP, 0.5)).containsExactly(2.5f - sixth, 2, 5, 4);
    models(Shape.of(2, 2), row(1, 2, 3, 4), row(5, 6, 7, 8));
    assertThat(blend(Interpolation.HSLERP, 0.25)).as("no channels").containsExactly(2, 3, 4, 5);
  }

  @Test
  void bislerpIsLinearUpToRounding() {
    models(Shape.of(1, 3), row(1, 2, 5), row(1, 2, 5));
    assertThat(blend(Interpolation.BISLERP, 0.5)).containsExactly(1, 2, 5);
    models(Shape.of(1, 3), filled(3, 2), filled(3, 4));
    assertThat(blend(Interpolation.BISLERP, 0.5)).as("constant").containsExactly(3, 3, 3);
  }

  @Test
  void colorizeCubicAndScaledAdd() {
    models(Shape.of(2), row(1, 0), row(5, 32));
    assertThat(blend(Interpolation.COLORIZE, 0.25)).containsExactly(1 + 4 * 0.25f, 8);
    // 3/16 - 2/64 = 5/32 of the way.
    assertThat(blend(Interpolation.CUBIC, 0.25)).containsExactly(1 + 4 * 0.15625f, 5);
    // (1 + 5/4) / (5/4), (0 + 8) / (5/4).
    assertThat(blend(Interpolation.SCALED_ADD, 0.25)).containsExactly(2.25f / 1.25f, 8 / 1.25f);
    assertThat(blend(Interpolation.SCALED_ADD, 1)).as("the mean").containsExactly(3, 16);
  }

  @Test
  void cosineRunsFromTheLaterToTheFirstAsTheNodePackHasIt() {
    models(Shape.of(1), row(1), row(5));
    // (1 + 5 - (1 - 5) cos(pi t)) / 2: at 0 the later, at 1 the first.
    assertThat(blend(Interpolation.COSINE, 0)).containsExactly(5);
    assertThat(blend(Interpolation.COSINE, 1)).containsExactly(1);
    // cos 60 = 1/2.
    assertThat(blend(Interpolation.COSINE, 1 / 3.0)[0]).isEqualTo(4, offset(1e-6f));
  }

  // Sums

  @Test
  void aSumOfManyModels() {
    models(Shape.of(2), row(1, 8), row(2, 4), row(4, 2));
    Weights sum = new Weights.Sum(List.of(new Term(A, 0.5), new Term(B, 0.25), new Term(C, 2)));
    // 0.5 + 0.5 + 8 and 4 + 1 + 4.
    assertThat(w(sum)).containsExactly(9, 9);
  }

  @Test
  void aModelWithoutTheTensorAddsNothingAndTheFirstIsKept() {
    merge.model("a", new SmallCheckpoint().with("w", 3, 5).with("v", 1));
    merge.model("b", new SmallCheckpoint().with("v", 2));
    Weights sum = new Weights.Sum(List.of(new Term(A, 0.5), new Term(B, 0.5)));
    assertThat(w(sum)).containsExactly(3, 5);
  }

  @Test
  void addDifferenceAddsWhatWasLearned() {
    models(Shape.of(2), row(10, 20), row(3, 7), row(1, 8));
    Weights weights = new Weights.AddDelta(A, new Delta.Difference(B, C), new Ratio.Constant(0.5));
    // 10 + 0.5 (3 - 1), 20 + 0.5 (7 - 8).
    assertThat(w(weights)).containsExactly(11, 19.5f);
    Weights forgetting =
        new Weights.AddDelta(A, new Delta.Difference(B, C), new Ratio.Constant(-2));
    assertThat(w(forgetting)).containsExactly(6, 22);
  }

  // DARE

  private static Weights dare(
      double alpha, double dropRate, Vote vote, boolean rescale, int iterations) {
    return new Weights.Dare(
        A,
        B,
        new Ratio.Constant(alpha),
        new SparseUpdate(dropRate, vote, rescale, 1),
        iterations,
        Interpolation.LINEAR,
        Optional.empty());
  }

  @Test
  void dareWithoutDropsTakesTheDifferencesOfTheElectedSign() {
    // Differences +4 -1 -1 -1 0: their sum is +1, but three of four fall.
    models(Shape.of(5), row(1, 1, 1, 1, 1), row(5, 0, 0, 0, 1));
    assertThat(w(dare(1, 0, Vote.SUM, false, 1))).containsExactly(5, 1, 1, 1, 1);
    assertThat(w(dare(1, 0, Vote.COUNT, false, 1))).containsExactly(1, 0, 0, 0, 1);
    assertThat(w(dare(1, 0, Vote.OFF, false, 1))).containsExactly(5, 0, 0, 0, 1);
  }

  @Test
  void aVoteThatIsEvenIsPositive() {
    models(Shape.of(2), row(1, 1), row(3, -1));
    assertThat(w(dare(1, 0, Vote.SUM, false, 1))).containsExactly(3, 1);
    assertThat(w(dare(1, 0, Vote.COUNT, false, 1))).containsExactly(3, 1);
  }

  @Test
  void alphaIsTheShareOfWhatCameOut() {
    models(Shape.of(2), row(1, 1), row(5, 0));
    assertThat(w(dare(0.25, 0, Vote.SUM, false, 1))).containsExactly(2, 1);
    assertThat(w(dare(0, 0, Vote.SUM, false, 1))).containsExactly(1, 1);
  }

  @Test
  void aSecondIterationTakesTheOtherSign() {
    // First +4 wins over -2; then only -2 is left.
    models(Shape.of(2), row(1, 1), row(5, -1));
    assertThat(w(dare(1, 0, Vote.SUM, false, 1))).containsExactly(5, 1);
    assertThat(w(dare(1, 0, Vote.SUM, false, 2))).containsExactly(5, -1);
    assertThat(w(dare(1, 0, Vote.SUM, false, 3))).containsExactly(5, -1);
  }

  @Test
  void droppingAllLeavesTheFirst() {
    models(Shape.of(2), row(1, 2), row(5, 6));
    assertThat(w(dare(1, 1, Vote.SUM, true, 1))).containsExactly(1, 2);
  }

  @Test
  void droppedElementsStayAndKeptOnesMoveAllTheWay() {
    int count = 100_000;
    models(Shape.of(count), filled(count, 1), filled(count, 3));
    float[] result = w(dare(1, 0.75, Vote.OFF, false, 1));
    assertThat(result).containsOnly(1, 3);
    // A quarter, give or take four standard deviations of sqrt(n p q) = 137.
    assertThat(kept(result, 3)).isBetween(25_000 - 548, 25_000 + 548);
  }

  @Test
  void rescalingDividesTheDifferencesByTheShareThatIsKept() {
    int count = 1000;
    models(Shape.of(count), filled(count, 1), filled(count, 3));
    // 1 + 2 / 0.25.
    assertThat(w(dare(1, 0.75, Vote.OFF, true, 1))).containsOnly(1, 9);
  }

  @Test
  void iterationsDrawAnew() {
    int count = 100_000;
    models(Shape.of(count), filled(count, 1), filled(count, 3));
    // After two, 1 - 0.5^2 of the elements have moved.
    assertThat(kept(w(dare(1, 0.5, Vote.OFF, false, 2)), 3)).isBetween(75_000 - 548, 75_000 + 548);
  }

  private static int kept(float[] values, float moved) {
    int count = 0;
    for (float value : values) {
      count += value == moved ? 1 : 0;
    }
    return count;
  }

  @Test
  void tensorsOfOneSizeDropOtherElements() {
    SmallCheckpoint a = new SmallCheckpoint();
    SmallCheckpoint b = new SmallCheckpoint();
    for (String name : List.of("u", "v")) {
      a.with(name, filled(200, 1));
      b.with(name, filled(200, 3));
    }
    merge.model("a", a).model("b", b);
    SmallCheckpoint result = merge.merge(dare(1, 0.5, Vote.OFF, false, 1));
    assertThat(result.values("u")).isNotEqualTo(result.values("v"));
  }

  @Test
  void dareUnderAMaskMovesWhatIsSet() {
    models(Shape.of(4), row(1, 1, 1, 1), row(5, 5, 0, 0));
    // Below the median of the differences 4 4 1 1: the last two.
    Mask low = new Mask.Magnitude(A, B, 0.5, Mask.Quantile.EXACT, Mask.Select.BELOW);
    Weights weights =
        new Weights.Dare(
            A,
            B,
            new Ratio.Constant(1),
            new SparseUpdate(0, Vote.OFF, false, 1),
            1,
            Interpolation.LINEAR,
            Optional.of(low));
    assertThat(w(weights)).containsExactly(1, 1, 0, 0);
  }

  @Test
  void anotherInterpolationIsAppliedInEveryIteration() {
    models(Shape.of(1), row(0), row(8));
    Weights weights =
        new Weights.Dare(
            A,
            B,
            new Ratio.Constant(0.5),
            new SparseUpdate(0, Vote.OFF, false, 1),
            2,
            Interpolation.COLORIZE,
            Optional.empty());
    // 0 -> 8, of which half: 4; 4 -> 8, of which half: 6.
    assertThat(w(weights)).containsExactly(6);
  }

  // Masks

  @Test
  void aMaskedBlendChangesWhatIsSet() {
    models(Shape.of(4), row(1, 1, 1, 1), row(5, 5, 2, 2));
    Mask high = new Mask.Magnitude(A, B, 0.5, Mask.Quantile.EXACT, Mask.Select.ABOVE);
    Weights weights =
        new Weights.Interpolate(
            Interpolation.LINEAR, A, B, new Ratio.Constant(0.5), Optional.of(high));
    assertThat(w(weights)).containsExactly(3, 3, 1, 1);
  }

  // Normalising

  /// q has the norm 5 against the reference's 10, the layer's weight 4 against 2.
  private void normModels() {
    String attention = "block.attn1.";
    merge.model(
        "a",
        new SmallCheckpoint()
            .with(attention + "to_q.weight", Shape.of(1, 2), 3, 4)
            .with(attention + "to_k.weight", Shape.of(1, 2), 2, 4)
            .with(attention + "to_v.weight", Shape.of(1, 2), 1, 1)
            .with(attention + "to_out.0.weight", Shape.of(1, 2), 0, 1)
            .with(attention + "to_out.0.bias", 8, 16)
            .with("block.proj.weight", Shape.of(1, 2), 0, 4)
            .with("block.proj.bias", 6, 10)
            .with("scale", 7));
    merge.model(
        "b",
        new SmallCheckpoint()
            .with(attention + "to_q.weight", Shape.of(1, 2), 6, 8)
            .with(attention + "to_k.weight", Shape.of(1, 2), 9, 9)
            .with(attention + "to_v.weight", Shape.of(1, 2), 9, 9)
            .with(attention + "to_out.0.weight", Shape.of(1, 2), 3, 0)
            .with(attention + "to_out.0.bias", 1, 1)
            .with("block.proj.weight", Shape.of(1, 2), 2, 0)
            .with("block.proj.bias", 1, 1)
            .with("scale", 1));
  }

  private SmallCheckpoint normalize(Normalization method, boolean magnify) {
    return merge.merge(new Weights.Normalize(A, B, method, magnify));
  }

  @Test
  void attentionIsNormalisedSoThatScoresKeepTheirSize() {
    normModels();
    SmallCheckpoint result = normalize(Normalization.ATTN_ONLY, false);
    assertThat(result.values("block.attn1.to_q.weight")).as("q times 10/5").containsExactly(6, 8);
    assertThat(result.values("block.attn1.to_k.weight"))
        .as("k divided by it")
        .containsExactly(1, 2);
    assertThat(result.values("block.attn1.to_v.weight")).as("v stays").containsExactly(1, 1);
    assertThat(result.values("block.attn1.to_out.0.weight"))
        .as("out times 3/1")
        .containsExactly(0, 3);
    assertThat(result.values("block.attn1.to_out.0.bias"))
        .as("and its bias")
        .containsExactly(24, 48);
    assertThat(result.values("block.proj.weight")).as("no attention").containsExactly(0, 4);
  }

  @Test
  void layersAreNormalisedWithTheirBiases() {
    normModels();
    SmallCheckpoint result = normalize(Normalization.ALL, false);
    assertThat(result.values("block.proj.weight")).as("times 2/4").containsExactly(0, 2);
    assertThat(result.values("block.proj.bias")).as("times its weight's 2/4").containsExactly(3, 5);
    assertThat(result.values("block.attn1.to_q.weight"))
        .as("attention stays")
        .containsExactly(3, 4);
    assertThat(result.values("scale")).as("neither weight nor bias").containsExactly(7);
  }

  @Test
  void qNormDoesBothAndNoneNothing() {
    normModels();
    SmallCheckpoint both = normalize(Normalization.Q_NORM, false);
    assertThat(both.values("block.attn1.to_q.weight")).containsExactly(6, 8);
    assertThat(both.values("block.proj.bias")).containsExactly(3, 5);
    SmallCheckpoint nothing = normalize(Normalization.NONE, false);
    assertThat(nothing.values("block.attn1.to_q.weight")).containsExactly(3, 4);
    assertThat(nothing.values("block.proj.weight")).containsExactly(0, 4);
  }

  @Test
  void magnifyingTurnsTheRatioAround() {
    normModels();
    SmallCheckpoint result = normalize(Normalization.Q_NORM, true);
    assertThat(result.values("block.attn1.to_q.weight")).as("times 5/10").containsExactly(1.5f, 2);
    assertThat(result.values("block.attn1.to_k.weight")).containsExactly(4, 8);
    assertThat(result.values("block.proj.weight")).as("times 4/2").containsExactly(0, 8);
  }

  @Test
  void whatThePartnerLacksStays() {
    merge.model("a", new SmallCheckpoint().with("l.weight", Shape.of(1, 1), 2).with("l.bias", 3));
    merge.model("b", new SmallCheckpoint().with("l.bias", 30));
    SmallCheckpoint result = normalize(Normalization.ALL, false);
    assertThat(result.values("l.weight")).containsExactly(2);
    assertThat(result.values("l.bias")).containsExactly(3);
  }

  // Noise

  @Test
  void noiseIsCentredAndOnlyInTheLayersNamed() {
    merge.model(
        "a",
        new SmallCheckpoint()
            .with("in.to_v.weight", filled(20_000, 1))
            .with("in.to_q.weight", 1, 1));
    Weights noisy =
        new Weights.InjectNoise(
            A, new Noise.Gaussian(5, 0.5), 1, 3, "*.to_v*", Interpolation.LINEAR, Optional.empty());
    SmallCheckpoint result = merge.merge(noisy);
    assertThat(result.values("in.to_q.weight")).containsExactly(1, 1);
    float[] values = result.values("in.to_v.weight");
    double mean = 0;
    double squares = 0;
    for (float value : values) {
      mean += value - 1.0;
      squares += (value - 1.0) * (value - 1.0);
    }
    // Four standard errors: 0.5 / sqrt(n) is 0.0035.
    assertThat(mean / values.length).isEqualTo(0, offset(0.0142));
    assertThat(Math.sqrt(squares / values.length)).isEqualTo(0.5, offset(0.01));
  }

  @Test
  void uniformNoiseLiesWithinAHalf() {
    merge.model("a", new SmallCheckpoint().with("w", filled(1000, 0)));
    Weights noisy =
        new Weights.InjectNoise(
            A, new Noise.Uniform(), 0.5, 3, "w*", Interpolation.LINEAR, Optional.empty());
    float[] values = merge.merge(noisy).values("w");
    for (float value : values) {
      assertThat(value).isBetween(-0.25f, 0.25f);
    }
    assertThat(values).isNotEqualTo(filled(1000, 0));
  }

  // Ratios and what a method leaves alone

  @Test
  void aRatioByNameLeavesTheRest() {
    merge.model("a", new SmallCheckpoint().with("u", 1).with("v", 1));
    merge.model("b", new SmallCheckpoint().with("u", 5).with("v", 5));
    SequencedMap<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("u", 0.25);
    Weights weights =
        new Weights.Interpolate(
            Interpolation.LINEAR, A, B, new Ratio.ByName(numbers), Optional.empty());
    SmallCheckpoint result = merge.merge(weights);
    assertThat(result.values("u")).containsExactly(2);
    assertThat(result.values("v")).containsExactly(1);
  }

  @Test
  void theFirstModelsShareIsTakenAsItIs() {
    models(Shape.of(1), row(3), row(7));
    // 1 - (1 - 0.1) is not 0.1, so both shares are kept: 0.1 of the first, 1 - 0.1 of the later.
    Weights weights =
        new Weights.Interpolate(
            Interpolation.LINEAR,
            A,
            B,
            new Ratio.Complement(new Ratio.Constant(0.1)),
            Optional.empty());
    assertThat(w(weights)).containsExactly((float) 0.1 * 3 + (float) (1 - 0.1) * 7);
  }

  @Test
  void exceptKeepsTheFirstsTensors() {
    merge.model("a", new SmallCheckpoint().with("m.logit_scale", 1).with("m.weight", 1));
    merge.model("b", new SmallCheckpoint().with("m.logit_scale", 5).with("m.weight", 5));
    SmallCheckpoint result =
        merge.merge(
            new Weights.Except(A, interpolate(Interpolation.LINEAR, 0.5), Weights.CLIP_BUFFERS));
    assertThat(result.values("m.logit_scale")).containsExactly(1);
    assertThat(result.values("m.weight")).containsExactly(3);
  }

  @Test
  void aNamedExpressionStandsForItself() {
    models(Shape.of(1), row(1), row(5));
    merge.weights.put("half", interpolate(Interpolation.LINEAR, 0.5));
    Weights twice =
        new Weights.Interpolate(
            Interpolation.LINEAR,
            new Weights.Named("half"),
            B,
            new Ratio.Constant(0.5),
            Optional.empty());
    // Half-way between 3 and 5.
    assertThat(w(twice)).containsExactly(4);
  }
}
