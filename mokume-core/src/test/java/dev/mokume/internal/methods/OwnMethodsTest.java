package dev.mokume.internal.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.golden.Beside;
import dev.mokume.plugin.WholeTensor;
import dev.mokume.tensor.Shape;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Methods that no golden case has, and corners of those that one has, worked by hand.
class OwnMethodsTest {
  private static final Offset<Float> NEAR = within(1e-6f);

  private static float[] floats(float... values) {
    return values;
  }

  private static Shape shape(long... dimensions) {
    return Shape.of(dimensions);
  }

  @Test
  void aTripleSumHasTwoShares() {
    // (1 - 0.5 - 0.25) 8 + 0.5 * 4 + 0.25 * 12 = 2 + 2 + 3.
    assertThat(
            ArrayCall.of(
                "triple_sum",
                shape(1),
                Map.of("alpha", 0.5, "beta", 0.25),
                floats(8),
                floats(4),
                floats(12)))
        .containsExactly(7);
  }

  @Test
  void aSumTwiceBlendsTheBlend() {
    // 0.75 (0.5 * 8 + 0.5 * 4) + 0.25 * 12 = 4.5 + 3.
    assertThat(
            ArrayCall.of(
                "sum_twice",
                shape(1),
                Map.of("alpha", 0.5, "beta", 0.25),
                floats(8),
                floats(4),
                floats(12)))
        .containsExactly(7.5f);
  }

  @Test
  void trainDifferenceWeighsByHowFarBothMoved() {
    // |B - A| = 1, |B - C| = 3: 1.8 / 4 of the difference 3; and 0/0 counts as nothing.
    assertThat(
            ArrayCall.of(
                "train_difference", shape(2), Map.of(), floats(2, 5), floats(3, 5), floats(0, 5)))
        .containsExactly(2 + 1.8f * 0.25f * 3, 5);
  }

  @ParameterizedTest
  @CsvSource({
    // Of eight rows: from 2 up to 6; from 6 over the end up to 2; parts of a row do not count.
    "0.5, 0.25, 0 0 1 1 1 1 0 0",
    "0.5, 0.75, 1 1 0 0 0 0 1 1",
    "0.3, 0, 1 1 0 0 0 0 0 0",
  })
  void tensorTakesRows(double alpha, double beta, String expected) {
    float[] zeros = new float[8];
    float[] ones = new float[8];
    Arrays.fill(ones, 1);
    assertThat(
            ArrayCall.of("tensor", shape(8, 1), Map.of("alpha", alpha, "beta", beta), zeros, ones))
        .containsExactly(numbers(expected));
  }

  @Test
  void tensor2TakesColumnsWhereThereAreMany() {
    float[] zeros = new float[2 * 200];
    float[] ones = new float[2 * 200];
    Arrays.fill(ones, 1);
    float[] result =
        ArrayCall.of("tensor2", shape(2, 200), Map.of("alpha", 0.5, "beta", 0.0), zeros, ones);
    assertThat(Arrays.copyOfRange(result, 98, 102)).containsExactly(1, 1, 0, 0);
    assertThat(Arrays.copyOfRange(result, 298, 302)).containsExactly(1, 1, 0, 0);
  }

  @Test
  void smoothAddAddsAnEvenDifferenceWholly() {
    // Neither a median nor a Gauss filter changes what is the same everywhere.
    assertThat(
            ArrayCall.of(
                "smooth_add",
                shape(2, 3),
                Map.of("alpha", 0.5),
                floats(1, 2, 3, 4, 5, 6),
                floats(3, 3, 3, 3, 3, 3),
                floats(1, 1, 1, 1, 1, 1)))
        .containsExactly(floats(2, 3, 4, 5, 6, 7), NEAR);
  }

  @Test
  void smoothAddLeavesOutASpike() {
    assertThat(
            ArrayCall.of(
                "smooth_add",
                shape(5),
                Map.of(),
                floats(1, 1, 1, 1, 1),
                floats(0, 0, 9, 0, 0),
                floats(0, 0, 0, 0, 0)))
        .containsExactly(1, 1, 1, 1, 1);
  }

  @Test
  void smoothAddSpreadsAnEdge() {
    // Of a step in the middle of many places, the ones next to it get half of Gauss's bell and half
    // of its middle weight more or less: weights 0.39894 and 0.24197 lead to 0.30053 and 0.69947.
    float[] zeros = new float[20];
    float[] step = new float[20];
    Arrays.fill(step, 10, 20, 1);
    float[] result = ArrayCall.of("smooth_add", shape(20), Map.of(), zeros, step, zeros);
    assertThat(result[9]).isEqualTo(0.30053f, within(1e-4f));
    assertThat(result[10]).isEqualTo(0.69947f, within(1e-4f));
    assertThat(result[0]).isEqualTo(0, within(1e-4f));
  }

  @Test
  void extractTakesWhatIsAlikeOrWhatIsNot() {
    // The first rows point the same way (d = 1), the second ones are opposite (d = 0).
    float[] a = floats(1, 0, 1, 0);
    float[] b = floats(3, 0, -1, 0);
    assertThat(ArrayCall.of("extract", shape(2, 2), Map.of("beta", 0.0), a, b))
        .containsExactly(2, 0, 0, 0);
    assertThat(ArrayCall.of("extract", shape(2, 2), Map.of("beta", 1.0, "alpha", 1.0), a, b))
        .containsExactly(0, 0, -1, 0);
  }

  @Test
  void aGeometricMedianOutvotesAnOutlier() {
    // Two models agree: no place is nearer to all three than theirs.
    assertThat(
            ArrayCall.of(
                "geometric_median", shape(2), Map.of(), floats(1, 2), floats(1, 2), floats(90, 0)))
        .containsExactly(floats(1, 2), within(1e-4f));
  }

  /// SM1: values are added up by the name that says so.
  @Beside("SM1")
  @Test
  void anElectionIsByMassOrByCount() {
    float[][] deltas = {floats(3), floats(-1), floats(-1)};
    assertThat(
            ArrayCall.of("ties_sum", shape(1), Map.of("density", 1.0, "election", "mass"), deltas))
        .as("3 - 1 - 1 is positive, and of that sign is 3")
        .containsExactly(3);
    assertThat(
            ArrayCall.of("ties_sum", shape(1), Map.of("density", 1.0, "election", "count"), deltas))
        .as("two of three are negative")
        .containsExactly(-1);
  }

  /// SM2: model stock's factor is applied when it is asked for.
  @Beside("SM2")
  @Test
  void aStockIsShorterThanTheMean() {
    float[][] deltas = {floats(1, 1), floats(1, 3)};
    assertThat(ArrayCall.of("ties_sum", shape(1, 2), Map.of("density", 1.0), deltas))
        .containsExactly(1, 2);
    // The cosine is 4 / sqrt(20) = 0.894427, the factor 2 * 0.894427 / 1.894427 = 0.944272.
    assertThat(
            ArrayCall.of(
                "ties_sum", shape(1, 2), Map.of("density", 1.0, "combine", "stock"), deltas))
        .containsExactly(floats(0.944272f, 1.888544f), NEAR);
  }

  @Test
  void aStockOfModelsThatAreTheBaseStaysAtIt() {
    // Zeros are at right angles to everything: with two models the way is 0, with all zeros too.
    assertThat(ArrayCall.of("model_stock_rows", shape(1, 2), Map.of(), floats(0, 0), floats(1, 2)))
        .containsExactly(0, 0);
    assertThat(ArrayCall.of("model_stock_rows", shape(1, 2), Map.of(), floats(0, 0), floats(0, 0)))
        .containsExactly(0, 0);
    // Of three, a half of the cosine 1 of the other two: 3 * 0.5 / (1 + 2 * 0.5) of the mean.
    assertThat(
            ArrayCall.of(
                "model_stock_rows",
                shape(1, 2),
                Map.of(),
                floats(0, 0),
                floats(2, 2),
                floats(2, 2)))
        .containsExactly(floats(1, 1), NEAR);
  }

  @Test
  void aStockNextToItsPoleGoesNoFartherThanTheFarthestModel() {
    // The mean cosine is a hair above -1 / 2, the way 5 million times the mean (1 / 3000, 0): as
    // long as the longest row, against the mean.
    assertThat(
            ArrayCall.of(
                "model_stock_rows",
                shape(1, 2),
                Map.of(),
                floats(0, 0),
                floats(1, 0.001f),
                floats(-0.999f, -0.001f)))
        .containsExactly(floats(-1, 0), within(1e-5f));
    // The mean cosine is -1 / 2, there is no way.
    assertThat(
            ArrayCall.of(
                "model_stock_rows", shape(1, 1), Map.of(), floats(0), floats(3), floats(-1)))
        .containsExactly(0);
  }

  @Test
  void aMatrixOfRankOneStaysUnderTruncation() {
    float[] product = floats(2, 4, 6, 1, 2, 3);
    assertThat(ArrayCall.of("truncate_rank", shape(2, 3), Map.of("rank", 1L), product))
        .containsExactly(product, NEAR);
    assertThat(ArrayCall.of("truncate_rank", shape(2, 3), Map.of("rank", 0L), product))
        .containsOnly(0);
  }

  @Test
  void truncationKeepsTheGreatestSingularValue() {
    assertThat(ArrayCall.of("truncate_rank", shape(2, 2), Map.of("rank", 1L), floats(3, 0, 0, 1)))
        .containsExactly(floats(3, 0, 0, 0), NEAR);
  }

  @Test
  void aKroneckerProductStays() {
    // [1 2; 3 4] and [1 -1; 0 2].
    float[] product = floats(1, -1, 2, -2, 0, 2, 0, 4, 3, -3, 4, -4, 0, 6, 0, 8);
    assertThat(ArrayCall.of("truncate_kronecker", shape(4, 4), Map.of(), product))
        .containsExactly(product, within(1e-5f));
  }

  @Test
  void rotateTurnsAllTheWayOrHalf() {
    // B is A turned by a quarter of a circle; half of that is an eighth.
    float[] a = floats(1, 0, 0, 1, -1, 0, 0, -1);
    float[] b = floats(0, 1, -1, 0, 0, -1, 1, 0);
    assertThat(ArrayCall.of("rotate", shape(4, 2), Map.of(), a, b)).containsExactly(b, NEAR);
    float half = (float) Math.sqrt(0.5);
    assertThat(ArrayCall.of("rotate", shape(4, 2), Map.of("alignment", 0.5), a, b))
        .containsExactly(floats(half, half, -half, half, -half, -half, half, -half), NEAR);
  }

  @Test
  void aWideRotationReplacesWhatARowHasInTheDirectionOfB() {
    Map<String, Object> whole = Map.of("centralization", 0.0);
    assertThat(ArrayCall.of("rotate", shape(1, 2), whole, floats(1, 0), floats(0, 1)))
        .containsExactly(floats(1, 1), NEAR);
    // Half of it puts the cosine of 22.5 degrees, A's along a direction that near, in the place of
    // the cosine of 67.5 degrees, A's along one that far: (1, 0) + 0.5412 (0.3827, 0.9239).
    Map<String, Object> half = Map.of("centralization", 0.0, "alignment", 0.5);
    assertThat(ArrayCall.of("rotate", shape(1, 2), half, floats(1, 0), floats(0, 1)))
        .containsExactly(floats((float) (1 + Math.sqrt(2)) / 2, 0.5f), NEAR);
  }

  @Test
  void aRowOfZerosIsNotTurned() {
    Map<String, Object> half = Map.of("centralization", 0.0, "alignment", 0.5);
    float[] a = floats(0, 0, 0, 2, 0, 0);
    float[] b = floats(0, 0, 0, 3, 0, 0);
    assertThat(ArrayCall.of("rotate", shape(2, 3), half, a, b)).containsExactly(a, NEAR);
    assertThat(ArrayCall.of("rotate", shape(2, 3), half, new float[6], b)).containsOnly(0);
  }

  @Test
  void partOfAWideRotationEndsWhereTheWholeOneDoes() {
    SplittableRandom random = new SplittableRandom(1);
    float[] a = new float[3 * 20];
    float[] b = new float[3 * 20];
    for (int i = 0; i < a.length; i++) {
      a[i] = (float) random.nextDouble(-1, 1);
      b[i] = (float) (a[i] + random.nextDouble(-0.5, 0.5));
    }
    Map<String, Object> values = Map.of("centralization", 0.0, "alignment", 1 - 1e-7);
    float[] whole = ArrayCall.of("rotate", shape(3, 20), Map.of("centralization", 0.0), a, b);
    assertThat(ArrayCall.of("rotate", shape(3, 20), values, a, b))
        .containsExactly(whole, within(1e-5f));
  }

  @Test
  void theKthMagnitudeIsThatOfASort() {
    SplittableRandom random = new SplittableRandom(2);
    float[] values = new float[10_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextDouble(-1, 1) * Math.pow(10, random.nextInt(-6, 3)));
    }
    float[] sorted = values.clone();
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = Math.abs(sorted[i]);
    }
    Arrays.sort(sorted);
    WholeTensor tensor = WholeTensor.of(shape(values.length), values);
    for (int k : new int[] {1, 2, 5_000, 9_999, 10_000}) {
      assertThat(KthMagnitude.of(tensor, k)).isEqualTo(sorted[k - 1]);
    }
  }

  @Test
  void crossoverWithATiltOfTwoSwapsWhatTheOneOfNoneTakes() {
    SplittableRandom random = new SplittableRandom(3);
    float[] a = new float[6 * 10];
    float[] b = new float[6 * 10];
    for (int i = 0; i < a.length; i++) {
      a[i] = (float) random.nextDouble();
      b[i] = (float) random.nextDouble();
    }
    Map<String, Object> low = Map.of("alpha", 0.43, "tilt", 0.0);
    Map<String, Object> high = Map.of("alpha", 0.43, "tilt", 2.0);
    float[] one = ArrayCall.of("crossover", shape(6, 10), low, a, b);
    float[] other = ArrayCall.of("crossover", shape(6, 10), high, a, b);
    // Every frequency is in one of them A's and in the other one B's.
    for (int i = 0; i < a.length; i++) {
      assertThat(one[i] + other[i]).isEqualTo(a[i] + b[i], within(1e-5f));
    }
  }

  private static float[] numbers(String text) {
    String[] words = text.split(" ");
    float[] numbers = new float[words.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = Float.parseFloat(words[i]);
    }
    return numbers;
  }
}
