package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static dev.mokume.SmallMerge.C;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.golden.Beside;
import dev.mokume.recipe.AngleRule;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.ElementRule;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Vectors;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Methods that combine models by lengths and angles, or element by element upon a base, on tensors
/// small enough to work out by hand. The tensor is called `w`; the base is the last model.
class CombinationsTest {
  private static final Offset<Float> ULP = offset(3e-7f);
  private static final float HALF_ROOT = (float) Math.sqrt(0.5);

  @TempDir Path folder;

  private SmallMerge merge;

  @BeforeEach
  void begin() {
    merge = new SmallMerge(folder);
  }

  private void models(Shape shape, float[]... models) {
    models(DType.F32, shape, models);
  }

  private void models(DType dtype, Shape shape, float[]... models) {
    for (int i = 0; i < models.length; i++) {
      merge.model(
          String.valueOf((char) ('a' + i)),
          new SmallCheckpoint().with("w", dtype, shape, models[i]));
    }
  }

  private static float[] row(float... values) {
    return values;
  }

  private float[] w(Weights weights) {
    return merge.merge(weights).values("w");
  }

  private static Ratio constant(double value) {
    return new Ratio.Constant(value);
  }

  private static Weights nuslerp(double alpha, Vectors vectors) {
    return new Weights.ByAngle(
        new AngleRule.Arc(constant(alpha)), List.of(A, B), Optional.empty(), vectors);
  }

  private static Weights angle(AngleRule rule, Optional<Weights> base) {
    return new Weights.ByAngle(rule, List.of(A, B), base, Vectors.WHOLE);
  }

  private static Weights element(ElementRule rule, Weights... models) {
    return new Weights.ByElement(rule, C, List.of(models));
  }

  // By angle

  @Test
  void anArcTurnsTheWholeTensor() {
    models(Shape.of(1, 2), row(2, 0), row(0, 5));
    // A third of a right angle: cos 30 of the first, sin 30 of the later.
    assertThat(w(nuslerp(1 / 3.0, Vectors.WHOLE)))
        .containsExactly(row((float) Math.sqrt(3), 2.5f), ULP);
  }

  @Beside("MK3")
  @Test
  void anArcTurnsEachRow() {
    models(Shape.of(2, 2), row(1, 0, 0, 1), row(0, 1, 0, 1));
    // The first rows are at right angles, the second ones the same.
    assertThat(w(nuslerp(0.5, Vectors.ROWS))).containsExactly(row(HALF_ROOT, HALF_ROOT, 0, 1), ULP);
  }

  @Test
  void anArcTurnsEachColumn() {
    models(Shape.of(2, 2), row(1, 0, 0, 1), row(0, 1, 0, 1));
    // The first columns are (1, 0) and zeros, the second ones (0, 1) and (1, 1), at 45 degrees:
    // sin 22.5 / sin 45 of each.
    float share = (float) (Math.sin(Math.PI / 8) / Math.sin(Math.PI / 4));
    assertThat(w(nuslerp(0.5, Vectors.COLUMNS)))
        .containsExactly(row(HALF_ROOT, share, 0, 2 * share), ULP);
  }

  @Test
  void aVectorHasOneRowAndOneColumn() {
    models(Shape.of(2), row(2, 0), row(0, 5));
    float[] whole = w(nuslerp(0.5, Vectors.WHOLE));
    assertThat(w(nuslerp(0.5, Vectors.ROWS))).isEqualTo(whole);
    assertThat(w(nuslerp(0.5, Vectors.COLUMNS))).isEqualTo(whole);
  }

  @Test
  void anArcUponABaseTurnsTheDifferences() {
    models(Shape.of(1, 2), row(3, 1), row(1, 3), row(1, 1));
    float moved = 1 + 2 * HALF_ROOT;
    assertThat(w(angle(new AngleRule.Arc(constant(0.5)), Optional.of(C))))
        .containsExactly(row(moved, moved), ULP);
  }

  @Test
  void alphaMayDifferByTensor() {
    SequencedMap<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("v", 1.0);
    numbers.put("w", 1 / 3.0);
    for (String model : List.of("a", "b")) {
      float[] values = model.equals("a") ? row(2, 0) : row(0, 5);
      merge.model(
          model,
          new SmallCheckpoint()
              .with("u", Shape.of(1, 2), values)
              .with("v", Shape.of(1, 2), values)
              .with("w", Shape.of(1, 2), values));
    }
    SmallCheckpoint result =
        merge.merge(angle(new AngleRule.Arc(new Ratio.ByName(numbers)), Optional.empty()));
    assertThat(result.values("u")).containsExactly(2, 0);
    assertThat(result.values("v")).containsExactly(row(0, 5), ULP);
    assertThat(result.values("w")).containsExactly(row((float) Math.sqrt(3), 2.5f), ULP);
  }

  @Test
  void theMeanOfDirectionsIsAsLongAsTheMeanLength() {
    models(Shape.of(1, 2), row(2, 0), row(0, 4));
    AngleRule rule = new AngleRule.Mean(List.of(constant(1), constant(1)), true);
    assertThat(w(angle(rule, Optional.empty())))
        .containsExactly(row(3 * HALF_ROOT, 3 * HALF_ROOT), ULP);
  }

  @Test
  void weightsThatAddUpToNothingAreRefused() {
    models(Shape.of(1, 2), row(2, 0), row(0, 4));
    AngleRule rule = new AngleRule.Mean(List.of(constant(1), constant(-1)), true);
    assertThatThrownBy(() -> w(angle(rule, Optional.empty())))
        .hasMessage(
            "the weights [1.0, -1.0] of 'w' add up to 0, so they cannot be divided by their sum."
                + " Change them, or set normalize: false.");
  }

  @Test
  void theKarcherMeanOfTwoIsHalfWay() {
    models(Shape.of(1, 2), row(1, 0), row(0, 3));
    assertThat(w(angle(new AngleRule.Karcher(10, 1e-5), Optional.empty())))
        .containsExactly(row(2 * HALF_ROOT, 2 * HALF_ROOT), ULP);
  }

  @Test
  void aStockGoesAsFarAsTheModelsAgree() {
    // Differences (2, 0) and (1, sqrt 3) at 60 degrees: 2 * 0.5 / (1 + 0.5) of the way to their
    // mean.
    float height = (float) Math.sqrt(3);
    models(Shape.of(1, 2), row(3, 1), row(2, 1 + height), row(1, 1));
    assertThat(w(angle(new AngleRule.Stock(), Optional.of(C))))
        .containsExactly(row(2, 1 + height / 3), ULP);
  }

  @Test
  void aStockByRowsJudgesEachRow() {
    // The first rows agree, the second ones are at right angles.
    models(Shape.of(2, 2), row(2, 2, 1, 0), row(4, 4, 0, 1), row(0, 0, 0, 0));
    assertThat(
            w(
                new Weights.ByAngle(
                    new AngleRule.Stock(), List.of(A, B), Optional.of(C), Vectors.ROWS)))
        .containsExactly(row(3, 3, 0, 0), ULP);
  }

  @Test
  void aTensorThatAModelLacksStaysAsInTheBase() {
    models(Shape.of(1), row(1), row(2));
    merge.model("c", new SmallCheckpoint().with("w", Shape.of(1), 3).with("v", Shape.of(1), 4));
    Weights stock =
        new Weights.ByAngle(new AngleRule.Stock(), List.of(A, B), Optional.of(C), Vectors.WHOLE);
    SequencedMap<String, Path> baseFirst = new LinkedHashMap<>();
    baseFirst.put("c", merge.models.get("c"));
    baseFirst.putAll(merge.models);
    merge.models.clear();
    merge.models.putAll(baseFirst);
    assertThat(merge.merge(stock).values("v")).containsExactly(4);
  }

  @Test
  void aMaskLimitsAnyMethod() {
    models(Shape.of(1, 2), row(2, 0), row(0, 5));
    Path mask =
        new SmallCheckpoint()
            .with("w", Shape.of(1, 2), 1, 0)
            .write(folder.resolve("m.safetensors"));
    Weights masked =
        new Weights.Interpolate(
            Interpolation.LINEAR,
            A,
            nuslerp(1 / 3.0, Vectors.WHOLE),
            constant(1),
            Optional.of(new Mask.Stored(mask)));
    assertThat(w(masked)).containsExactly(row((float) Math.sqrt(3), 0), ULP);
  }

  // By element

  @Test
  void nearSwapTakesOverWhatIsNearAndMovesTheRest() {
    models(Shape.of(4), row(0.5f, -0.5f, 3, -3), row(0, 0, 0, 0), row(0, 0, 0, 0));
    assertThat(w(element(new ElementRule.NearSwap(constant(1)), A)))
        .containsExactly(0.5f, -0.5f, 1, -1);
  }

  @Test
  void nearSwapReachesNowhereWithANegativeReach() {
    models(Shape.of(1), row(1), row(2), row(0));
    assertThatThrownBy(() -> w(element(new ElementRule.NearSwap(constant(-1)), A)))
        .hasMessage(
            "reach must be a finite number that is not negative but is -1.0 for tensor 'w'. Change"
                + " the recipe's ratio there.");
  }

  @Test
  void overlapIsTheMeanOfThoseThatDiffer() {
    models(Shape.of(4), row(5, 1, 3, 1.05f), row(1, 1, 5, 1), row(1, 1, 1, 1));
    ElementRule rule = new ElementRule.Overlap(0.1, 0, 0.2);
    // 4 alone; nothing; (2 + 4) / 2; less than epsilon.
    assertThat(w(element(rule, A, B))).containsExactly(5, 1, 4, 1);
  }

  @Test
  void whatOneModelAloneChangedIsStrengthened() {
    // A changed one element alone and one with B: 1 + 0.1 * min(1 / 1, 0.2).
    models(Shape.of(3), row(4, 2, 0), row(0, 4, 0), row(0, 0, 0));
    ElementRule rule = new ElementRule.Overlap(1e-5, 0.1, 0.2);
    assertThat(w(element(rule, A, B))).containsExactly(row(4.08f, 3, 0), ULP);
  }

  @Test
  void varianceWeighsModelsByTheirMeanSquares() {
    // Squares 1 + 4 and 9 + 4: weights 5/18 and 13/18. The second elements' sum is 0, which elects
    // plus.
    models(Shape.of(2), row(1, 2), row(3, -2), row(0, 0));
    assertThat(w(element(new ElementRule.Variance(1), A, B)))
        .containsExactly(row((5 + 39) / 18f, 2), ULP);
  }

  @Test
  void varianceSelectsWhereModelsDiffer() {
    // Variances 1, 4 and 0: half of the two that vary is one.
    models(Shape.of(3), row(1, 2, 7), row(3, -2, 7), row(0, 0, 0));
    assertThat(w(element(new ElementRule.Variance(0.5), A, B))).containsExactly(0, 2, 0);
  }

  @Test
  void varianceOfEqualModelsSelectsNothing() {
    models(Shape.of(2), row(1, 2), row(1, 2), row(0, 0));
    assertThat(w(element(new ElementRule.Variance(0.9), A, B))).containsExactly(0, 0);
  }

  @Beside("MK7")
  @Test
  void importanceKeepsWhatStandsOut() {
    // All in one row, so importance goes as the difference: quartiles 0.2 and 0.4 about 0.3, limit
    // 0.6.
    models(Shape.of(5), row(1.1f, 1.2f, 1.3f, 1.4f, 6), row(0, 0, 0, 0, 0), row(1, 1, 1, 1, 1));
    assertThat(w(element(new ElementRule.Importance(), A))).containsExactly(1, 1, 1, 1, 6);
  }

  @Test
  void importanceWeighsRowsByTheirDivergence() {
    // A row that moves as one is the same distribution: its differences are of no importance.
    models(Shape.of(2, 4), row(1, 1, 1, 1, 0, 0, 0, 1), new float[8], new float[8]);
    assertThat(w(element(new ElementRule.Importance(), A))).endsWith(0, 0, 0, 1);
  }

  // As mergekit, and right beside it

  @Test
  void mergekitRoundsEveryStepOfHalves() {
    models(DType.BF16, Shape.of(1), row(7), row(7));
    assertThat(w(nuslerp(1 / 3.0, Vectors.WHOLE))).containsExactly(7);
    merge.compat = Compat.MERGEKIT;
    // 2/3 and 1/3 are 0.66796875 and 0.333984375 in BF16, seven times that 4.6875 and 2.34375.
    assertThat(w(nuslerp(1 / 3.0, Vectors.WHOLE))).containsExactly(7.03125f);
  }

  @Test
  void mergekitsMeanDirectionInHalfsIsNotANumberWhereItsEpsilonIsNone() {
    AngleRule rule = new AngleRule.Mean(List.of(constant(1), constant(1)), true);
    Weights mean = angle(rule, Optional.of(C));
    float[] zeros = row(0, 0, 0, 0);
    float[] ones = row(1, 1, 1, 1);
    float[] opposite = row(-1, -1, -1, -1);
    // The 1e-8 that is added to what is divided by is 0 in F16.
    for (float[] model : List.of(zeros, ones)) {
      models(DType.F16, Shape.of(4), model, model, zeros);
      merge.compat = Compat.NONE;
      assertThat(w(mean)).containsExactly(model);
      merge.compat = Compat.MERGEKIT;
      assertThatThrownBy(() -> w(mean))
          .hasMessage(
              "tensor 'w' would have 4 values that are NaN or infinite; the inputs have none:"
                  + " the result is too large for the output's dtype. Store it in one that holds"
                  + " more, as --dtype f32 does, or merge all the same with --non-finite warn.");
      models(DType.BF16, Shape.of(4), model, model, zeros);
      assertThat(w(mean)).containsExactly(model);
    }
    models(DType.F16, Shape.of(4), ones, opposite, zeros);
    assertThat(w(mean)).as("what mergekit does in F32").containsExactly(zeros);
  }

  @Test
  void mergekitLetsTheLastBitsSayWhichWayLeadsToTheOpposite() {
    Weights karcher =
        new Weights.ByAngle(
            new AngleRule.Karcher(10, 1e-5), List.of(A, B), Optional.empty(), Vectors.WHOLE);
    models(Shape.of(2), row(1, 2), row(-1, -2));
    assertThat(w(karcher)).containsExactly(1, 2);
    merge.compat = Compat.MERGEKIT;
    assertThat(w(karcher)).containsExactly(1, 2);
    // One bit more in A, and mergekit turns by a right angle.
    models(Shape.of(2), row(Math.nextUp(1f), 2), row(-1, -2));
    assertThat(w(karcher)).containsExactly(row(-2, 1), ULP);
    merge.compat = Compat.NONE;
    assertThat(w(karcher)).containsExactly(row(1, 2), ULP);
  }

  @Test
  void mergekitRanksDivergencesThatRoundToLessThanZero() {
    float[] base = row(-0.734375f, 0.125f, -0.484375f, -0.109375f, -0.640625f, 0.140625f, 0, -1);
    float[] model = row(-0.75f, 0.125f, -0.5f, -0.125f, -0.625f, 0.125f, 0, -1);
    models(DType.BF16, Shape.of(2, 4), model, new float[8], base);
    merge.compat = Compat.MERGEKIT;
    // In BF16 the first row diverges by -0.00137, the second by 0.0032. Times the differences the
    // quartiles are -0.0000215 and 0, which is the median too: the limit is 0.0000322.
    assertThat(w(element(new ElementRule.Importance(), A)))
        .containsExactly(-0.734375f, 0.125f, -0.484375f, -0.109375f, -0.625f, 0.125f, 0, -1);
  }

  @Test
  void mergekitKeepsTheFirstOfEqualVariances() {
    models(Shape.of(2), row(1, 1), row(-1, -1), row(0, 0));
    Weights sce = element(new ElementRule.Variance(0.5), A, B);
    assertThat(w(sce)).containsExactly(1, 1);
    merge.compat = Compat.MERGEKIT;
    assertThat(w(sce)).containsExactly(1, 0);
  }

  @Test
  void mergekitWeighsSmallTaskVectorsAlike() {
    models(Shape.of(1), row(1e-4f), row(3e-4f), row(0));
    Weights sce = element(new ElementRule.Variance(1), A, B);
    // Mean squares 1 and 9.
    assertThat(w(sce)).containsExactly(row(2.8e-4f), offset(1e-10f));
    merge.compat = Compat.MERGEKIT;
    assertThat(w(sce)).containsExactly(row(2e-4f), offset(1e-10f));
  }
}
