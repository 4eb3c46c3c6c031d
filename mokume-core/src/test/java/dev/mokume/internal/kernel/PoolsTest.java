package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Each row of a table is what one tensor has, each column one element.
class PoolsTest {
  private static float[] trimmedMean(int cut, float[]... tensors) {
    int[] all = new int[tensors.length];
    Arrays.setAll(all, i -> i);
    float[] out = new float[tensors[0].length];
    Pools.trimmedMean(
        tensors, all, cut, new float[tensors.length + 1][Pools.LANES], out, out.length);
    return out;
  }

  private static float[] row(float... values) {
    return values;
  }

  @Test
  void aWeightedMeanIsDividedByTheSumOfTheWeights() {
    float[] out = new float[2];
    Pools.weightedMean(
        new float[][] {row(1, 8), row(99, 99), row(5, -8)},
        new int[] {0, 2},
        new double[] {3, 1},
        new double[2],
        out,
        2);
    assertThat(out).containsExactly(2, 4);
  }

  @Test
  void sumsAreNotRoundedToSingleBeforeTheEnd() {
    float[] out = new float[1];
    Pools.weightedMean(
        new float[][] {row(1e8f), row(1), row(-1e8f)},
        new int[] {0, 1, 2},
        new double[] {1, 1, 1},
        new double[1],
        out,
        1);
    assertThat(out).containsExactly(1 / 3f);
  }

  @Test
  void theSmallestAndTheGreatestAreLeftOut() {
    assertThat(trimmedMean(1, row(1, 0), row(100, 2), row(3, -50), row(-7, 4)))
        .containsExactly(2, 1);
  }

  @Test
  void theMedianIsInTheMiddleOrBetweenTheTwoThere() {
    assertThat(trimmedMean(1, row(5), row(1), row(2))).containsExactly(2);
    assertThat(trimmedMean(1, row(5), row(1), row(2), row(4))).containsExactly(3);
    assertThat(trimmedMean(0, row(5))).containsExactly(5);
  }

  @Test
  void anElementThatIsNaNSomewhereIsNaN() {
    assertThat(trimmedMean(1, row(1, 1), row(Float.NaN, 2), row(3, 3)))
        .containsExactly(Float.NaN, 2);
  }

  @Test
  void infinitiesAreNumbersLikeOthers() {
    assertThat(trimmedMean(1, row(Float.NEGATIVE_INFINITY), row(2), row(Float.POSITIVE_INFINITY)))
        .containsExactly(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8, 13, 64, 100, 255, 1000})
  void anyNumberOfTensorsIsSorted(int tensors) {
    Random random = new Random(tensors);
    float[][] values = new float[tensors][Pools.LANES + 7];
    for (float[] tensor : values) {
      for (int i = 0; i < tensor.length; i++) {
        tensor[i] = random.nextInt(50) - 25;
      }
    }
    int cut = tensors / 3;
    float[] found = trimmedMean(cut, values);
    for (int i = 0; i < found.length; i++) {
      int element = i;
      double[] sorted =
          Arrays.stream(values).mapToDouble(tensor -> tensor[element]).sorted().toArray();
      double sum = Arrays.stream(sorted, cut, tensors - cut).sum();
      assertThat(found[i]).isEqualTo((float) (sum / (tensors - 2 * cut)));
    }
  }
}
