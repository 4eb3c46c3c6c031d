package dev.mokume.internal.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.internal.kernel.Kernels;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Layers that are solved by Gram matrices: small ones worked by hand, larger ones compared with
/// elimination as it is taught.
class GramRegressionTest {
  private record Layer(float[] model, float[] gram, double weight) {}

  private static Layer layer(float[] model, float... gram) {
    return new Layer(model, gram, 1);
  }

  private static float[] row(float... values) {
    return values;
  }

  private static ElementSource source(float[] values) {
    return (first, into, count) -> System.arraycopy(values, (int) first, into, 0, count);
  }

  private static GramRegression regression(
      int rows, int columns, double offDiagonal, Arena arena, List<Layer> layers) {
    return regression(rows, columns, offDiagonal, arena, layers, _ -> {});
  }

  private static GramRegression regression(
      int rows,
      int columns,
      double offDiagonal,
      Arena arena,
      List<Layer> layers,
      LongConsumer between) {
    return new GramRegression(
        rows,
        columns,
        layers.stream().map(layer -> source(layer.model())).toList(),
        layers.stream()
            .map(layer -> new GramRegression.Gram(source(layer.gram()), layer.weight()))
            .toList(),
        offDiagonal,
        arena.allocate(GramRegression.bytes(rows, columns), 64),
        Kernels.best(),
        between);
  }

  /// Ends the work when it is asked for the `last` time.
  private static LongConsumer stopAt(int last, AtomicInteger asked) {
    return _ -> {
      if (asked.incrementAndGet() == last) {
        throw new IllegalStateException("stop");
      }
    };
  }

  /// The products that are told of come to those that there are, whatever the shape.
  @ParameterizedTest
  @CsvSource({"1, 1, 1", "40, 300, 2", "300, 130, 3", "520, 128, 2"})
  void tellsOfEveryProduct(int rows, int columns, int models) {
    float[] gram = new float[columns * columns];
    for (int i = 0; i < columns; i++) {
      gram[i * columns + i] = 1;
    }
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < models; i++) {
      layers.add(new Layer(new float[rows * columns], gram, 1));
    }
    AtomicLong told = new AtomicLong();
    try (Arena arena = Arena.ofConfined()) {
      GramRegression regression = regression(rows, columns, 1, arena, layers, told::addAndGet);
      assertThat(regression.factor()).isEmpty();
      regression.solve((_, _, _) -> {});
    }
    assertThat(told.get()).isEqualTo(GramRegression.products(rows, columns, models));
  }

  @Test
  void endsBetweenTwoTilesAtEachStep() {
    // 300 columns are 3 tiles across: of each Gram matrix 3 bands are read, the factor has 6 tiles,
    // the second model's products need the 3 bands again, and a solution goes twice over 3.
    int columns = 300;
    float[] gram = new float[columns * columns];
    for (int i = 0; i < columns; i++) {
      gram[i * columns + i] = 1;
    }
    List<Layer> layers = List.of(layer(new float[columns], gram), layer(new float[columns], gram));
    try (Arena arena = Arena.ofConfined()) {
      AtomicInteger asked = new AtomicInteger();
      GramRegression whole = regression(1, columns, 1, arena, layers, stopAt(-1, asked));
      assertThat(whole.factor()).isEmpty();
      assertThat(asked).hasValue(3 + 3 + 6);
      whole.solve((_, _, _) -> {});
      assertThat(asked).hasValue(3 + 3 + 6 + 3 + 2 * 3);
      for (int last : List.of(1, 6, 7, 12)) {
        GramRegression stopped =
            regression(1, columns, 1, arena, layers, stopAt(last, new AtomicInteger()));
        assertThatThrownBy(stopped::factor).hasMessage("stop");
      }
      for (int last : List.of(13, 16, 21)) {
        GramRegression stopped =
            regression(1, columns, 1, arena, layers, stopAt(last, new AtomicInteger()));
        assertThat(stopped.factor()).isEmpty();
        assertThatThrownBy(() -> stopped.solve((_, _, _) -> {})).hasMessage("stop");
      }
    }
  }

  private static float[] solve(int rows, int columns, double offDiagonal, Layer... layers) {
    try (Arena arena = Arena.ofConfined()) {
      GramRegression solver = regression(rows, columns, offDiagonal, arena, List.of(layers));
      assertThat(solver.factor()).isEmpty();
      float[] result = new float[rows * columns];
      solver.solve(
          (first, values, count) -> System.arraycopy(values, 0, result, (int) first, count));
      return result;
    }
  }

  private static Optional<GramFlaw> flaw(int columns, double offDiagonal, float[]... grams) {
    List<Layer> layers = new ArrayList<>();
    for (float[] gram : grams) {
      layers.add(layer(new float[columns], gram));
    }
    try (Arena arena = Arena.ofConfined()) {
      return regression(1, columns, offDiagonal, arena, layers).factor();
    }
  }

  @Test
  void aModelCountsForAsMuchAsItsInputsAreLarge() {
    // (1 * 3 + 5 * 1) / (3 + 1)
    assertThat(solve(1, 1, 1, layer(row(1), 3), layer(row(5), 1))).containsExactly(2);
  }

  @Test
  void inputsThatOneModelAloneSawAreSolvedForByIt() {
    // The first model saw only its first input, the second only its second.
    assertThat(solve(1, 2, 1, layer(row(1, 2), 1, 0, 0, 0), layer(row(7, 8), 0, 0, 0, 1)))
        .containsExactly(1, 8);
  }

  @Test
  void inputsThatGoTogetherAreSolvedForTogether() {
    // G1 = [2 1; 1 1], G2 = [1 0; 0 1]; sum [3 1; 1 2], its inverse [2 -1; -1 3] / 5.
    // w1 G1 + w2 G2 = [1 0] G1 + [0 5] G2 = [2 1] + [0 5] = [2 6]; times the inverse: [-2 16] / 5.
    float[] solved = solve(1, 2, 1, layer(row(1, 0), 2, 1, 1, 1), layer(row(0, 5), 1, 0, 0, 1));
    assertThat(solved[0]).isEqualTo(-0.4f, within(1e-7f));
    assertThat(solved[1]).isEqualTo(3.2f, within(1e-6f));
  }

  @Test
  void withoutWhatIsBesideTheDiagonalEachInputIsAMeanOfItsOwn() {
    // (1 * 2 + 0 * 1) / 3 and (0 * 1 + 5 * 1) / 2.
    float[] solved = solve(1, 2, 0, layer(row(1, 0), 2, 1, 1, 1), layer(row(0, 5), 1, 0, 0, 1));
    assertThat(solved[0]).isEqualTo(2 / 3f, within(1e-7f));
    assertThat(solved[1]).isEqualTo(2.5f, within(1e-7f));
  }

  @Test
  void aWeightCountsAsSoManyTimesTheExamples() {
    // (1 * 3 + 5 * 3 * 1) / (3 + 3)
    assertThat(solve(1, 1, 1, layer(row(1), 3), new Layer(row(5), row(1), 3))).containsExactly(3);
  }

  @Test
  void whatTheModelsAgreeOnStaysToTheLastBit() {
    RandomGenerator random = new Random(7);
    float[] model = floats(random, 3 * 130);
    float[] gram = gram(random, 130, 200);
    assertThat(solve(3, 130, 1, layer(model, gram), layer(model.clone(), gram(random, 130, 150))))
        .containsExactly(model);
  }

  @Test
  void tilesAndStripsMakeNoDifference() {
    RandomGenerator random = new Random(7);
    int rows = 260;
    int columns = 1030;
    Layer a = layer(floats(random, rows * columns), gram(random, columns, 300));
    Layer b = new Layer(floats(random, rows * columns), gram(random, columns, 200), 0.25);

    float[] solved = solve(rows, columns, 0.9, a, b);

    double[] expected = eliminated(rows, columns, 0.9, List.of(a, b));
    for (int i = 0; i < solved.length; i++) {
      assertThat((double) solved[i]).isEqualTo(expected[i], within(2e-6));
    }
  }

  @Test
  void aNumberThatIsNoneIsFound() {
    assertThat(flaw(2, 1, row(1, 0, 0, 1), row(1, Float.NaN, 0, 1)))
        .contains(new GramFlaw.NotFinite(1, 0, 1));
    assertThat(flaw(1, 1, row(Float.POSITIVE_INFINITY))).contains(new GramFlaw.NotFinite(0, 0, 0));
  }

  @Test
  void aSumOfSquaresIsNotNegative() {
    assertThat(flaw(2, 1, row(1, 0, 0, -2))).contains(new GramFlaw.Negative(0, 1, -2));
  }

  @Test
  void whatIsNotSymmetricIsFoundWhereverItIs() {
    float[] gram = new float[200 * 200];
    for (int i = 0; i < 200; i++) {
      gram[i * 200 + i] = 1;
    }
    gram[190 * 200 + 3] = 0.5f;
    assertThat(flaw(200, 1, gram)).contains(new GramFlaw.NotSymmetric(0, 190, 3, 0.5f, 0));
  }

  @Test
  void whatRoundingLeavesOfASymmetricSumIsAccepted() {
    assertThat(flaw(2, 1, row(1, 0.5f, 0.501f, 1))).isEmpty();
  }

  @Test
  void anInputThatWasNeverSeenIsNamed() {
    assertThat(flaw(2, 1, row(1, 0, 0, 0), row(2, 0, 0, 0))).contains(new GramFlaw.Unseen(1));
  }

  /// Two inputs that were always equal: nothing says which of them a number goes to.
  @Test
  void inputsThatDependOnOneAnotherHaveNoInverse() {
    assertThat(flaw(2, 1, row(1, 1, 1, 1), row(4, 4, 4, 4))).contains(new GramFlaw.Dependent());
    assertThat(flaw(2, 0.9, row(1, 1, 1, 1), row(4, 4, 4, 4))).isEmpty();
  }

  private static float[] floats(RandomGenerator random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /// `X' X / examples` of random inputs.
  private static float[] gram(RandomGenerator random, int columns, int examples) {
    float[] gram = new float[columns * columns];
    double[] sums = new double[columns * columns];
    for (int example = 0; example < examples; example++) {
      float[] input = floats(random, columns);
      for (int i = 0; i < columns; i++) {
        for (int j = 0; j <= i; j++) {
          sums[i * columns + j] += (double) input[i] * input[j];
        }
      }
    }
    for (int i = 0; i < columns; i++) {
      for (int j = 0; j < columns; j++) {
        gram[i * columns + j] =
            (float) (sums[Math.max(i, j) * columns + Math.min(i, j)] / examples);
      }
    }
    return gram;
  }

  /// The rows of `sum of W G` times the inverse of `sum of G`, by elimination.
  private static double[] eliminated(
      int rows, int columns, double offDiagonal, List<Layer> layers) {
    double[][] sum = new double[columns][columns + rows];
    for (Layer layer : layers) {
      double[][] scaled = new double[columns][columns];
      for (int i = 0; i < columns; i++) {
        for (int j = 0; j < columns; j++) {
          scaled[i][j] =
              layer.weight() * layer.gram()[i * columns + j] * (i == j ? 1 : offDiagonal);
          sum[i][j] += scaled[i][j];
        }
      }
      for (int row = 0; row < rows; row++) {
        for (int k = 0; k < columns; k++) {
          double factor = layer.model()[row * columns + k];
          for (int j = 0; j < columns; j++) {
            sum[j][columns + row] += factor * scaled[k][j];
          }
        }
      }
    }
    for (int pivot = 0; pivot < columns; pivot++) {
      for (int i = pivot + 1; i < columns; i++) {
        double factor = sum[i][pivot] / sum[pivot][pivot];
        for (int j = pivot; j < columns + rows; j++) {
          sum[i][j] -= factor * sum[pivot][j];
        }
      }
    }
    double[] result = new double[rows * columns];
    for (int row = 0; row < rows; row++) {
      for (int i = columns - 1; i >= 0; i--) {
        double value = sum[i][columns + row];
        for (int j = i + 1; j < columns; j++) {
          value -= sum[i][j] * result[row * columns + j];
        }
        result[row * columns + i] = value / sum[i][i];
      }
    }
    return result;
  }
}
