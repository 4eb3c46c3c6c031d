package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static dev.mokume.SmallMerge.C;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.MokumeException;
import dev.mokume.golden.Beside;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Rescale;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Sparsify;
import dev.mokume.recipe.TaskVectorMethod;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Merges of task vectors, worked by hand. The base is `c`, which is all zeros unless a test says
/// otherwise, so that the models are their own differences.
class TaskVectorsTest {
  private static final Ratio ONE = new Ratio.Constant(1);
  private static final float THIRD = 1 / 3f;

  @TempDir private Path folder;
  private SmallMerge merge;

  @BeforeEach
  void start() {
    merge = new SmallMerge(folder);
  }

  private void models(Shape shape, float[] a, float[] b) {
    base(shape, new float[a.length]);
    merge.model("a", tensor(shape, a)).model("b", tensor(shape, b));
  }

  private void base(Shape shape, float... values) {
    merge.model("c", tensor(shape, values));
  }

  private static SmallCheckpoint tensor(Shape shape, float... values) {
    return new SmallCheckpoint().with("w", DType.F32, shape, values);
  }

  private static float[] row(float... values) {
    return values;
  }

  private float[] w(Weights weights) {
    return merge.merge(weights).values("w");
  }

  private static Ratio ratio(double value) {
    return new Ratio.Constant(value);
  }

  private static Delta difference(Weights model) {
    return new Delta.Difference(model, C);
  }

  private static Weights added(Delta delta) {
    return new Weights.AddDelta(C, delta, ONE);
  }

  private static Weights sparse(Sparsify sparsify, Rescale rescale) {
    return added(new Delta.Sparse(difference(A), sparsify, rescale));
  }

  private static Weights combined(
      Delta.Election election, boolean normalise, double ofA, double ofB) {
    return added(
        new Delta.Combined(
            List.of(
                new Delta.Term(difference(A), ratio(ofA)),
                new Delta.Term(difference(B), ratio(ofB))),
            election,
            normalise));
  }

  // What is kept

  @Test
  void theGreatestMagnitudesAreKept() {
    models(Shape.of(5), row(1, -5, 3, -2, 4), row(0, 0, 0, 0, 0));
    // floor(0.4 * 5) = 2 of them.
    assertThat(w(sparse(new Sparsify.Magnitude(ratio(0.4)), Rescale.NONE)))
        .containsExactly(0, -5, 0, 0, 4);
  }

  @Beside("MK5")
  @Test
  void ofEqualMagnitudesAtTheLimitAllAreKept() {
    models(Shape.of(5), row(1, -2, 2, 2, 3), row(0, 0, 0, 0, 0));
    assertThat(w(sparse(new Sparsify.Magnitude(ratio(0.4)), Rescale.NONE)))
        .containsExactly(0, -2, 2, 2, 3);
  }

  @Test
  void mergekitKeepsThoseThatItsSortPutsFirst() {
    merge.compat = Compat.MERGEKIT;
    models(Shape.of(5), row(1, -2, 2, 2, 3), row(0, 0, 0, 0, 0));
    assertThat(w(sparse(new Sparsify.Magnitude(ratio(0.4)), Rescale.NONE)))
        .containsExactly(0, -2, 0, 0, 3);
  }

  @Test
  void theLimitsOfDensityKeepAllOrNothing() {
    models(Shape.of(2), row(1, 2), row(0, 0));
    assertThat(w(sparse(new Sparsify.Magnitude(ONE), Rescale.MATCH_L1))).containsExactly(1, 2);
    assertThat(w(sparse(new Sparsify.Magnitude(ratio(0)), Rescale.NONE))).containsExactly(0, 0);
  }

  @Test
  void aDensityOfLessThanOneElementKeepsOne() {
    models(Shape.of(3), row(1, 3, 2), row(0, 0, 0));
    assertThat(w(sparse(new Sparsify.Magnitude(ratio(0.1)), Rescale.NONE)))
        .containsExactly(0, 3, 0);
  }

  @Test
  void outliersAreDropped() {
    models(Shape.of(5), row(1, -5, 3, -2, 4), row(0, 0, 0, 0, 0));
    // 5 is the outlier; of the others the two greatest stay.
    assertThat(w(sparse(new Sparsify.Outliers(ratio(0.4), ratio(0.2)), Rescale.NONE)))
        .containsExactly(0, 0, 3, 0, 4);
  }

  @Test
  void withoutRoomForOutliersFewerAreDropped() {
    models(Shape.of(5), row(1, -5, 3, -2, 4), row(0, 0, 0, 0, 0));
    // Four are kept, so that one of the two outliers has to stay.
    assertThat(w(sparse(new Sparsify.Outliers(ratio(0.8), ratio(0.4)), Rescale.NONE)))
        .containsExactly(1, 0, 3, -2, 4);
  }

  @Beside("MK1")
  @Test
  void noOutliersLeaveTheGreatest() {
    models(Shape.of(5), row(1, -5, 3, -2, 4), row(0, 0, 0, 0, 0));
    Sparsify none = new Sparsify.Outliers(ratio(0.4), ratio(0.1));
    assertThat(w(sparse(none, Rescale.NONE))).containsExactly(0, -5, 0, 0, 4);

    merge.compat = Compat.MERGEKIT;
    assertThat(w(sparse(none, Rescale.NONE))).as("mergekit").containsExactly(0, 0, 0, 0, 0);
  }

  @Test
  void whatIsKeptMakesUpForWhatWasDropped() {
    models(Shape.of(4), row(1, -1, 2, 4), row(0, 0, 0, 0));
    Sparsify half = new Sparsify.Magnitude(ratio(0.5));
    assertThat(w(sparse(half, Rescale.INVERSE_DENSITY))).containsExactly(0, 0, 4, 8);
    // The magnitudes add up to 8, those that are kept to 6.
    assertThat(w(sparse(half, Rescale.MATCH_L1)))
        .containsExactly(0, 0, 2 * (float) (8 / 6.0), 4 * (float) (8 / 6.0));
    // The squares add up to 22, those that are kept to 20.
    float factor = (float) (Math.sqrt(22) / Math.sqrt(20));
    assertThat(w(sparse(half, Rescale.MATCH_L2))).containsExactly(0, 0, 2 * factor, 4 * factor);
    assertThat(w(sparse(half, Rescale.MATCH_MAX))).containsExactly(0, 0, 2, 4);
  }

  @Test
  void aRandomShareIsKeptAndDependsOnTheSeed() {
    float[] ones = new float[10_000];
    Arrays.fill(ones, 1);
    models(Shape.of(10_000), ones, new float[10_000]);
    float[] first = w(sparse(new Sparsify.Random(ratio(0.3), 1), Rescale.INVERSE_DENSITY));
    float[] second = w(sparse(new Sparsify.Random(ratio(0.3), 2), Rescale.INVERSE_DENSITY));
    assertThat(first).isNotEqualTo(second).containsOnly(0, 1 / 0.3f);
    int kept = 0;
    for (float value : first) {
      kept += value == 0 ? 0 : 1;
    }
    // Five deviations: sqrt(10,000 * 0.3 * 0.7) = 46.
    assertThat(kept).isBetween(2770, 3230);
  }

  @Test
  void greaterMagnitudesOfARowAreKeptMoreOften() {
    // Each row: the first half small, the second great; all kept elements become 1 or 2.
    int rows = 100;
    int columns = 100;
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % columns < columns / 2 ? 1 : 2;
    }
    models(Shape.of(rows, columns), values, new float[values.length]);
    float[] kept = w(sparse(new Sparsify.Ranked(ratio(0.5), ratio(0.4), 1), Rescale.NONE));
    int small = 0;
    int great = 0;
    for (float value : kept) {
      small += value == 1 ? 1 : 0;
      great += value == 2 ? 1 : 0;
    }
    // Probabilities from 0.1 to 0.5, on the mean 0.3 of 5,000; and from 0.5 to 0.9, 0.7.
    assertThat(small).isBetween(1340, 1660);
    assertThat(great).isBetween(3340, 3660);
  }

  @Test
  void aRankedElementIsDividedByItsOwnProbability() {
    models(Shape.of(1, 2), row(1, 2), row(0, 0));
    // The lesser with 0.4, the greater with 0.6; a seed that keeps both.
    for (long seed = 0; ; seed++) {
      float[] kept =
          w(sparse(new Sparsify.Ranked(ratio(0.5), ratio(0.1), seed), Rescale.INVERSE_DENSITY));
      if (kept[0] != 0 && kept[1] != 0) {
        assertThat(kept[0]).isEqualTo(1 / 0.4f);
        assertThat(kept[1]).isEqualTo(2 / 0.6f);
        return;
      }
    }
  }

  @Test
  void probabilitiesHaveToLieInsideZeroToOne() {
    models(Shape.of(2), row(1, 2), row(0, 0));
    assertThatThrownBy(
            () -> w(sparse(new Sparsify.Ranked(ratio(0.9), ratio(0.15), 1), Rescale.NONE)))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "DELLA keeps elements with probabilities from density - epsilon to density + epsilon,"
                + " both inside (0, 1), but for tensor 'w' the density is 0.9 and epsilon 0.15;"
                + " choose a smaller epsilon.");
  }

  @Test
  void aDensityIsAShare() {
    models(Shape.of(2), row(1, 2), row(0, 0));
    assertThatThrownBy(() -> w(sparse(new Sparsify.Magnitude(ratio(1.5)), Rescale.NONE)))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "a task vector is given a density of 1.5 for tensor 'w', but it must be in [0, 1]: it"
                + " is a share of the elements.");
  }

  // How they are combined

  @Test
  void withoutAnElectionEverythingIsAddedUp() {
    models(Shape.of(3), row(1, -2, 4), row(3, 2, 0));
    assertThat(w(combined(Delta.Election.NONE, false, 2, 0.5))).containsExactly(3.5f, -3, 8);
    assertThat(w(combined(Delta.Election.NONE, true, 3, 1))).containsExactly(1.5f, -1, 3);
  }

  @Test
  void theGreaterMassElectsTheSign() {
    // Minus wins with 3 against 2; nothing is even; of one sign, both count.
    models(Shape.of(4), row(2, 1, 1, 0), row(-3, -1, 2, -4));
    assertThat(w(combined(Delta.Election.MASS, false, 1, 1))).containsExactly(-3, 1, 3, -4);
    // Each divided by the weights that counted.
    assertThat(w(combined(Delta.Election.MASS, true, 1, 1))).containsExactly(-3, 1, 1.5f, -4);
  }

  @Test
  void weightsCountInTheElection() {
    models(Shape.of(1), row(2), row(-3));
    // 2 * 2 against 3.
    assertThat(w(combined(Delta.Election.MASS, false, 2, 1))).containsExactly(4);
    assertThat(w(combined(Delta.Election.MASS, true, 2, 1))).containsExactly(2);
    // A negative weight turns its vote.
    assertThat(w(combined(Delta.Election.MASS, false, -2, 1))).containsExactly(-7);
  }

  @Test
  void theMajorityElectsTheSign() {
    models(Shape.of(1), row(1), row(-5));
    merge.model("d", tensor(Shape.of(1), 1));
    Delta three =
        new Delta.Combined(
            List.of(
                new Delta.Term(difference(A), ONE),
                new Delta.Term(difference(B), ONE),
                new Delta.Term(difference(new Weights.Source("d")), ONE)),
            Delta.Election.COUNT,
            false);
    assertThat(w(added(three))).containsExactly(2);
  }

  @Test
  void aModelWithoutTheTensorPlaysNoPart() {
    SmallCheckpoint other = new SmallCheckpoint().with("other", DType.F32, Shape.of(1), 1);
    merge
        .model("c", tensor(Shape.of(1), 1).with("other", DType.F32, Shape.of(1), 1))
        .model("a", tensor(Shape.of(1), 3))
        .model("b", other);
    assertThat(w(combined(Delta.Election.MASS, true, 0.5, 0.25))).containsExactly(3);
  }

  @Test
  void tiesIsAComposition() {
    models(Shape.of(4), row(4, 1, -3, 2), row(-1, 2, 3, 3));
    base(Shape.of(4), 10, 10, 10, 10);
    merge.model("a", tensor(Shape.of(4), 14, 11, 7, 12));
    merge.model("b", tensor(Shape.of(4), 9, 12, 13, 13));
    // Of A's (4, 1, -3, 2) stay (4, 0, -3, 0), of B's (-1, 2, 3, 3) both 3s. The third element is
    // even and goes to plus; lambda doubles.
    Weights ties =
        TaskVectorMethod.TIES.of(
            C,
            List.of(
                new TaskVectorMethod.Part(A, ONE, ratio(0.5), ONE),
                new TaskVectorMethod.Part(B, ONE, ratio(0.5), ONE)),
            true,
            Rescale.NONE,
            1,
            ratio(2));
    assertThat(w(ties)).containsExactly(18, 10, 16, 16);
  }

  @Test
  void aMaskSaysWhatMayChange() {
    models(Shape.of(2), row(1, 1), row(1, 1));
    SmallCheckpoint mask = new SmallCheckpoint().with("w", DType.F32, Shape.of(2), 0, 1);
    Path file = mask.write(folder.resolve("mask.safetensors"));
    Weights masked =
        new Weights.Interpolate(
            Interpolation.LINEAR,
            C,
            combined(Delta.Election.NONE, false, 1, 1),
            ONE,
            Optional.of(new Mask.Stored(file)));
    assertThat(w(masked)).containsExactly(0, 2);
  }

  @Test
  void everyNumberMayDependOnTheTensor() {
    merge.model("c", two(0, 0)).model("a", two(1, 2));
    SequencedMap<String, Double> weights = new LinkedHashMap<>();
    weights.put("v", 10.0);
    weights.put("w", 100.0);
    Delta delta =
        new Delta.Combined(
            List.of(new Delta.Term(difference(A), new Ratio.ByName(weights))),
            Delta.Election.NONE,
            false);
    SmallCheckpoint merged = merge.merge(added(delta));
    assertThat(merged.values("v")).containsExactly(10);
    assertThat(merged.values("w")).containsExactly(200);
  }

  private static SmallCheckpoint two(float v, float w) {
    return new SmallCheckpoint()
        .with("v", DType.F32, Shape.of(1), v)
        .with("w", DType.F32, Shape.of(1), w);
  }

  // MergeLM's

  @Beside("ML1")
  @Test
  void whatIsGreaterThanTheSmallestIsKept() {
    models(Shape.of(5), row(1, -5, 2, -2, 4), row(0, 0, 0, 0, 0));
    // The second smallest is 2, and all that are no greater go.
    assertThat(w(sparse(new Sparsify.Above(ratio(0.4)), Rescale.INVERSE_DENSITY)))
        .containsExactly(0, -5 / 0.6f, 0, 0, 4 / 0.6f);
    assertThat(w(sparse(new Sparsify.Above(ratio(0.1)), Rescale.NONE)))
        .as("no smallest")
        .containsExactly(1, -5, 2, -2, 4);
  }

  @Test
  void oneLimitHoldsForTheWholeModel() {
    merge
        .model("c", three(row(0, 0), row(0), row(0)))
        .model("a", three(row(1, 2), row(3), row(-4)));
    // Of 1, 2, 3, 4 the second smallest is 2: the limit.
    Weights kept = sparse(new Sparsify.OfModel(0.5), Rescale.NONE);
    SmallCheckpoint merged = merge.merge(kept);
    assertThat(merged.values("u")).containsExactly(0, 2);
    assertThat(merged.values("v")).containsExactly(3);
    assertThat(merged.values("w")).containsExactly(-4);
  }

  @Test
  void whatIsExcludedDoesNotCountForTheLimit() {
    merge
        .model("c", three(row(0, 0), row(0), row(0)))
        .model("a", three(row(1, 2), row(3), row(-4)));
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(Component.OTHER, sparse(new Sparsify.OfModel(0.7), Rescale.NONE));
    Result result =
        Result.Checkpoint.of(components)
            .withUntouched(new Result.Untouched(Result.Mismatch.ERROR, List.of("w")));
    // Of 1, 2, 3 the second smallest.
    SmallCheckpoint merged = merge.merge(result);
    assertThat(merged.values("u")).containsExactly(0, 2);
    assertThat(merged.values("v")).containsExactly(3);
    assertThat(merged.values("w")).containsExactly(0);
  }

  private static SmallCheckpoint three(float[] u, float[] v, float[] w) {
    return new SmallCheckpoint().with("u", u).with("v", v).with("w", w);
  }

  @Test
  void aModelItselfMayBeMasked() {
    models(Shape.of(4), row(1, -1, 2, 4), row(0, 0, 0, 0));
    assertThat(
            w(new Weights.Sparse(A, new Sparsify.Magnitude(ratio(0.5)), Rescale.INVERSE_DENSITY)))
        .containsExactly(0, 0, 4, 8);
  }

  @Test
  void theFisherInformationWeighsEachElement() {
    merge
        .model("a", two(1, 1))
        .model("b", two(4, 4))
        .model("ofA", two(3, 0))
        .model("ofB", two(1, 4));
    // (3 * 1 + 1 * 4) / 4 and (0 * 1 + 4 * 4) / 4.
    SmallCheckpoint plain = merge.merge(fisher(false));
    assertThat(plain.values("v")).containsExactly(1.75f);
    assertThat(plain.values("w")).containsExactly(4);
  }

  @Test
  void noModelOutweighsTheOthersByTheScaleOfItsInformation() {
    merge
        .model("a", two(1, 1))
        .model("b", two(4, 4))
        .model("ofA", two(3, 4))
        .model("ofB", two(300, 400));
    SmallCheckpoint normalised = merge.merge(fisher(true));
    // Of norms 5 and 500, each element's weights are equal, but for what keeps from dividing by 0.
    assertThat(normalised.values("v")[0]).isEqualTo(2.5f, within(1e-5f));
    assertThat(normalised.values("w")[0]).isEqualTo(2.5f, within(1e-5f));
  }

  @Test
  void informationThatLacksATensorIsRefused() {
    merge
        .model("a", two(1, 1))
        .model("b", two(4, 4))
        .model("ofA", two(3, 0))
        .model("ofB", tensor(Shape.of(1), 1));
    assertThatThrownBy(() -> merge.merge(fisher(false)))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "the Fisher information of a model has no tensor 'v' of shape [1], which the model has."
                + " Give it one for each tensor that is merged, or leave the tensor out with"
                + " exclude.");
  }

  private static Weights fisher(boolean normalise) {
    return new Weights.Fisher(
        List.of(
            new Weights.Informed(A, new Weights.Source("ofA"), ONE),
            new Weights.Informed(B, new Weights.Source("ofB"), ONE)),
        normalise,
        0);
  }

  // Sums of models

  @Test
  void aNormalisedSumDividesByItsWeights() {
    models(Shape.of(2), row(3, 6), row(0, 3));
    List<Weights.Term> terms = List.of(new Weights.Term(A, 1), new Weights.Term(B, 2));
    assertThat(w(new Weights.Sum(terms, true)))
        .containsExactly(3 * THIRD, 6 * THIRD + 3 * (float) (2 / 3.0));
    assertThat(w(new Weights.Sum(terms))).containsExactly(3, 12);
  }

  @Test
  void weightsThatAddUpToNothingAreNotNormalised() {
    models(Shape.of(1), row(3), row(1));
    Weights sum = new Weights.Sum(List.of(new Weights.Term(A, 1), new Weights.Term(B, -1)), true);
    assertThatThrownBy(() -> w(sum))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "the weights of a normalised sum add up to 0 for tensor 'w', so that they cannot be"
                + " divided by their sum; change them, or do not normalise.");
  }

  // Shapes

  @Test
  void aModelOfAnotherShapeIsSkippedIfAskedFor() {
    base(Shape.of(2), 1, 1);
    merge.model("a", tensor(Shape.of(3), 5, 5, 5)).model("b", tensor(Shape.of(2), 2, 3));
    assertThat(skipping("w", combined(Delta.Election.NONE, false, 1, 1))).containsExactly(2, 3);
  }

  @Test
  void aGreaterVocabularyIsCut() {
    String name = "model.embed_tokens.weight";
    merge
        .model("c", new SmallCheckpoint().with(name, DType.F32, Shape.of(2, 2), 0, 0, 0, 0))
        .model(
            "a",
            new SmallCheckpoint().with(name, DType.F32, Shape.of(3, 3), 1, 2, 9, 3, 4, 9, 9, 9, 9));
    assertThat(skipping(name, added(difference(A)))).containsExactly(1, 2, 3, 4);
  }

  private float[] skipping(String tensor, Weights weights) {
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(Component.OTHER, weights);
    Result result =
        Result.Checkpoint.of(components)
            .withUntouched(new Result.Untouched(Result.Mismatch.SKIP, List.of()));
    return merge.merge(result).values(tensor);
  }

  // mergekit's arithmetic

  @Beside("MK2")
  @Test
  void mergekitRoundsAfterEveryStep() {
    merge.model("c", half(0)).model("a", half(1));
    Weights third =
        added(
            new Delta.Combined(
                List.of(new Delta.Term(difference(A), ratio(0.3))), Delta.Election.NONE, false));
    Weights ninth = new Weights.AddDelta(C, ((Weights.AddDelta) third).delta(), ratio(0.3));
    // 0.3 * 0.3 = 0.09; of BF16 the nearest is 0.08984375.
    assertThat(w(ninth)).containsExactly(0.08984375f);
    merge.compat = Compat.MERGEKIT;
    // 0.3 is 0.30078125 in BF16, whose square is 0.09046936; of BF16 the nearest is 0.09033203.
    assertThat(w(ninth)).containsExactly(0.09033203125f);
  }

  private static SmallCheckpoint half(float value) {
    return new SmallCheckpoint().with("w", DType.BF16, Shape.of(1), value);
  }
}
