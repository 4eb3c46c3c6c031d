package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.MemorySource;
import dev.mokume.expression.Elements;
import dev.mokume.expression.QuantileRule;
import dev.mokume.expression.Scalar;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.tensor.DType;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MagnitudeSelectionTest {
  private static final long ONE_CHUNK = 10_000_000;
  private static final int WORKERS = 2;

  private static double exact(double q, float... x) {
    return quantile(QuantileRule.EXACT, q, ONE_CHUNK, x);
  }

  private static double quantile(QuantileRule rule, double q, long chunk, float... x) {
    return selected(rule, q, chunk, x).value();
  }

  private static MagnitudeSelection selected(QuantileRule rule, double q, long chunk, float... x) {
    Elements elements =
        new Elements.Stored(new MemorySource("x", new byte[0]).tensor("x", DType.F32, 0, x.length));
    MagnitudeSelection quantile =
        MagnitudeSelection.of(new Scalar.Quantile(elements, q, rule, chunk), x.length, WORKERS, 0);
    pass(quantile.upper(false), x);
    pass(quantile.lower(), x);
    return quantile;
  }

  private static long below(double q, float... x) {
    return selected(QuantileRule.EXACT, q, ONE_CHUNK, x).below();
  }

  /// Blocks go to the workers in turn, the last first.
  private static void pass(Accumulator accumulator, float[] x) {
    Workspace[] workers = {new Workspace(Kernels.scalar(), 0), new Workspace(Kernels.scalar(), 1)};
    for (int block = (int) Block.count(x.length) - 1; block >= 0; block--) {
      int from = block * Block.ELEMENTS;
      int to = Math.min(x.length, from + Block.ELEMENTS);
      Workspace worker = workers[block % WORKERS];
      worker.values = new float[][] {Arrays.copyOfRange(x, from, to)};
      worker.at(from, 0, to - from);
      accumulator.add(worker, 0, 0);
    }
    accumulator.finish();
  }

  @Test
  void theExactRuleInterpolatesBetweenMagnitudes() {
    float[] x = {-5, 1, 3, -2, 4};
    // Magnitudes 1 2 3 4 5 at ranks 0 to 4.
    assertThat(exact(0, x)).isEqualTo(1);
    assertThat(exact(0.5, x)).isEqualTo(3);
    assertThat(exact(0.625, x)).isEqualTo(3.5);
    assertThat(exact(0.9, x)).isEqualTo((float) 4.6);
    assertThat(exact(1, x)).isEqualTo(5);
    assertThat(exact(0.3, 7)).isEqualTo(7);
  }

  @Test
  void whatIsTooMuchToSortIsCountedToTheSameNumbers() {
    float[] few = new float[2 * Block.ELEMENTS];
    for (int i = 0; i < few.length; i++) {
      few[i] = (i % 2 == 0 ? 1 : -1) * (i % 97) * 0.37f;
    }
    // Each as often again, so that the ranks of equal shares hold the same magnitudes.
    float[] many = new float[2 * few.length];
    System.arraycopy(few, 0, many, 0, few.length);
    System.arraycopy(few, 0, many, few.length, few.length);
    for (double q : new double[] {0.001, 0.3, 0.5, 0.9}) {
      assertThat(exact(q, many)).as("q = %s", q).isEqualTo(exact(q, few));
      assertThat(below(q, many)).as("below q = %s", q).isEqualTo(2 * below(q, few));
    }
    Scalar greatest = new Scalar.Greatest(stored(few.length), 0.25);
    Scalar greatestOfMany = new Scalar.Greatest(stored(many.length), 0.25);
    assertThat(found(greatestOfMany, many)).isEqualTo(found(greatest, few));
  }

  private static double found(Scalar asked, float... x) {
    MagnitudeSelection selection = MagnitudeSelection.of(asked, x.length, WORKERS, 0);
    pass(selection.upper(false), x);
    pass(selection.lower(), x);
    return selection.value();
  }

  private static Elements stored(int count) {
    return new Elements.Stored(new MemorySource("x", new byte[0]).tensor("x", DType.F32, 0, count));
  }

  @Test
  void torchsRuleHasRankAndWeightInF32() {
    // q = 0.9: the rank is 0.9f * 3 = 2.7 (nearest f32 2.7000000477), so its weight 0.7000000477 is
    // nearer to the upper end:
    // 8 - (8 - 4) * (1 - 0.7000000477) = 6.8000001907, and the f64 rule's 6.8 rounds to
    // 6.8000001907 or its neighbour.
    float rank = 0.9f * 3;
    float weight = rank - 2;
    assertThat(quantile(QuantileRule.MEDIAN, 0.9, ONE_CHUNK, 1, 2, 4, 8))
        .isEqualTo(Math.fma(-4f, 1 - weight, 8f));
    // q = 0.1: the rank is 0.1f * 3 = 0.3, and the lower end is nearer.
    assertThat(quantile(QuantileRule.MEDIAN, 0.1, ONE_CHUNK, 1, 2, 4, 8))
        .isEqualTo(Math.fma(0.1f * 3, 1f, 1f));
    assertThat(quantile(QuantileRule.QUANTILE, 0.5, ONE_CHUNK, 8, 4, 2, 1)).isEqualTo(3);
  }

  @Test
  void theMedianRuleTakesTheLowerMedianOfTheChunks() {
    // Chunks (9 11) (1 3) (13 15) (5 7) have the quantiles 10 2 14 6.
    float[] x = {9, 11, 1, 3, 13, 15, 5, 7};
    assertThat(quantile(QuantileRule.MEDIAN, 0.5, 2, x)).isEqualTo(6);
  }

  @Test
  void theQuantileRuleTakesTheChunkAtThatShareOfThem() {
    float[] x = {9, 11, 1, 3, 13, 15, 5, 7};
    // Sorted 2 6 10 14 at q = 0.5: index 2; every chunk's quantile at 0.99 is its greatest but a
    // hundredth of the step.
    assertThat(quantile(QuantileRule.QUANTILE, 0.5, 2, x)).isEqualTo(10);
    assertThat(quantile(QuantileRule.QUANTILE, 0.99, 2, x))
        .isEqualTo(Math.fma(-2f, 1 - 0.99f, 15f));
  }

  @Test
  void theLastChunkMayBeShorter() {
    // Chunks (1 2 3) (10): quantiles 2 and 10, of which 2 is the lower median.
    assertThat(quantile(QuantileRule.MEDIAN, 0.5, 3, 1, 2, 3, 10)).isEqualTo(2);
    assertThat(quantile(QuantileRule.QUANTILE, 0.5, 3, 1, 2, 3, 10)).isEqualTo(10);
  }

  @Test
  void chunksNeedNotEndWithBlocks() {
    // Chunk i holds 5,000 times i + 1.
    float[] x = new float[20_000];
    for (int i = 0; i < x.length; i++) {
      x[i] = i / 5000 + 1;
    }
    assertThat(quantile(QuantileRule.MEDIAN, 0.5, 5000, x)).isEqualTo(2);
    assertThat(quantile(QuantileRule.QUANTILE, 0.75, 5000, x)).isEqualTo(4);
  }

  @Test
  void equalMagnitudesAreAsGoodAsAny() {
    assertThat(exact(0.5, 2, -2, 2, 2, -2)).isEqualTo(2);
    assertThat(exact(0.25, 1, 2, 2, 2, 9)).isEqualTo(2);
    float[] constant = new float[10_000];
    Arrays.fill(constant, -0.125f);
    assertThat(exact(0.8, constant)).isEqualTo(0.125);
    assertThat(quantile(QuantileRule.MEDIAN, 0.8, 1000, constant)).isEqualTo(0.125);
  }

  @Test
  void bothZerosAreZero() {
    assertThat(exact(0.5, 0f, -0f, 0f, -0f)).isEqualTo(0.0);
    assertThat(quantile(QuantileRule.QUANTILE, 0.3, 2, -0f, -0f, 0f)).isEqualTo(0.0);
  }

  @Test
  void magnitudesThatDifferInTheirLastBitAreToldApart() {
    float next = Math.nextUp(1f);
    assertThat(exact(0, next, 1f)).isEqualTo(1);
    assertThat(exact(1, next, 1f)).isEqualTo(next);
    // Subnormal numbers and the greatest ones.
    assertThat(exact(1, Float.MIN_VALUE, 0)).isEqualTo(Float.MIN_VALUE);
    assertThat(exact(1, Float.MAX_VALUE, -Float.MIN_VALUE)).isEqualTo(Float.MAX_VALUE);
  }

  @Test
  void infinityAndNanAreTheGreatest() {
    float infinity = Float.NEGATIVE_INFINITY;
    assertThat(exact(0.5, infinity, 1, 2)).isEqualTo(2);
    assertThat(exact(1, infinity, infinity, 2)).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(exact(0.75, infinity, infinity, 2)).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(exact(0.5, Float.NaN, 1, 2)).isEqualTo(2);
    assertThat(exact(1, Float.NaN, 1, infinity)).isNaN();
  }

  @Test
  void itIsWhatSortingGives() {
    SplittableRandom random = new SplittableRandom(7);
    for (int n : new int[] {2, 5, 4096, 4097, 65_536, 65_537}) {
      float[] x = new float[n];
      for (int i = 0; i < n; i++) {
        x[i] = (float) random.nextGaussian() * 0.01f;
      }
      for (double q : new double[] {0, 0.001, 0.2, 0.5, 0.8, 0.9, 0.999, 1}) {
        for (QuantileRule rule : QuantileRule.values()) {
          assertThat(quantile(rule, q, 1500, x))
              .isEqualTo(ReferenceEvaluator.quantile(x, q, rule, 1500));
        }
      }
    }
  }

  @Test
  void itKnowsHowManyAreLess() {
    float[] x = {-5, 1, 3, -2, 4};
    assertThat(below(0, x)).isZero();
    assertThat(below(0.5, x)).as("less than 3").isEqualTo(2);
    assertThat(below(0.625, x)).as("less than 3.5").isEqualTo(3);
    assertThat(below(1, x)).as("less than 5").isEqualTo(4);
    assertThat(below(0.5, 2, -2, 2, 2, -2)).as("less than 2").isZero();
    assertThat(below(0.75, 1, 2, 2, 2, 9)).as("less than the last 2").isEqualTo(1);
    assertThat(below(0.5, 1, Math.nextUp(1f))).as("half-way rounds down").isZero();
    assertThat(below(0.75, 0, 1, Float.POSITIVE_INFINITY)).as("less than infinity").isEqualTo(2);
    assertThat(below(0.5, Float.NaN, 1, 2)).as("less than 2, NaN is not").isEqualTo(1);
    assertThat(below(0.75, Float.NaN, 1, 2)).as("nothing is less than NaN").isZero();
  }

  /// The rank found with a sample of every eighth element, if it is found.
  private static OptionalDouble guessed(long rank, int buckets, float[] sample, float... x) {
    Elements elements =
        new Elements.Stored(new MemorySource("x", new byte[0]).tensor("x", DType.F32, 0, x.length));
    MagnitudeSelection selection =
        MagnitudeSelection.of(new Scalar.Ranked(elements, rank), x.length, WORKERS, buckets);
    pass(selection.upper(true), sample);
    pass(selection.lower(), x);
    return selection.isMissed() ? OptionalDouble.empty() : OptionalDouble.of(selection.value());
  }

  @Test
  void aGoodSampleIsEnough() {
    SplittableRandom random = new SplittableRandom(8);
    float[] x = new float[200_000];
    float[] sample = new float[x.length / 8];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian() * 0.01f;
      sample[i / 8] = x[i];
    }
    float[] sorted = new float[x.length];
    Kernels.scalar().arithmetic().absolute(x, sorted, x.length);
    Arrays.sort(sorted);
    for (int rank : new int[] {60_000, 100_000, 180_000}) {
      assertThat(guessed(rank, 20, sample, x)).hasValue(sorted[rank]);
    }
  }

  @Test
  void aGuessKnowsHowManyAreLessToo() {
    float[] x = {1, 2, 3, 4, 5, 5, 5, 5.25f};
    Elements elements =
        new Elements.Stored(new MemorySource("x", new byte[0]).tensor("x", DType.F32, 0, x.length));
    Scalar quantile = new Scalar.Quantile(elements, 0.9, QuantileRule.EXACT, ONE_CHUNK);
    MagnitudeSelection selection = MagnitudeSelection.of(quantile, x.length, WORKERS, 20);
    pass(selection.upper(true), new float[] {5, 5.25f});
    pass(selection.lower(), x);
    assertThat(selection.isMissed()).isFalse();
    assertThat(selection.value()).as("three tenths on from 5").isEqualTo(5.075f);
    assertThat(selection.below()).isEqualTo(7);
  }

  @Test
  void whatASampleMisleadsAboutIsMissed() {
    float[] x = {1, 2, 3, 4, 5, 6, 7, 8};
    assertThat(guessed(4, 4, new float[] {5}, x)).hasValue(5);
    assertThat(guessed(4, 4, new float[] {1}, x)).isEmpty();
    assertThat(guessed(4, 4, new float[] {9}, x)).isEmpty();
  }

  @Test
  void nothingHasTheQuantileZero() {
    assertThat(exact(0.5)).isZero();
    assertThat(quantile(QuantileRule.MEDIAN, 0.5, 10)).isZero();
  }
}
