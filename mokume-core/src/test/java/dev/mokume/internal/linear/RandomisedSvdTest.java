package dev.mokume.internal.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.internal.linear.RandomisedSvd.Measure;
import dev.mokume.internal.linear.RandomisedSvd.Plan;
import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RandomisedSvdTest {
  /// A matrix, row by row.
  private record Matrix(int rows, int columns, float[] elements) {
    static Matrix of(int rows, int columns, float... elements) {
      return new Matrix(rows, columns, elements);
    }

    /// The sum of `values[i]` times a column by a row of random unit vectors, almost orthogonal.
    static Matrix ofSpectrum(int rows, int columns, double... values) {
      SplittableRandom random = new SplittableRandom(7);
      double[] sum = new double[rows * columns];
      for (double value : values) {
        double[] left = unit(random, rows);
        double[] right = unit(random, columns);
        for (int i = 0; i < rows; i++) {
          for (int j = 0; j < columns; j++) {
            sum[i * columns + j] += value * left[i] * right[j];
          }
        }
      }
      float[] elements = new float[sum.length];
      for (int i = 0; i < elements.length; i++) {
        elements[i] = (float) sum[i];
      }
      return new Matrix(rows, columns, elements);
    }

    private static double[] unit(SplittableRandom random, int length) {
      double[] vector = random.doubles(length, -1, 1).toArray();
      double norm = 0;
      for (double element : vector) {
        norm += element * element;
      }
      for (int i = 0; i < length; i++) {
        vector[i] /= Math.sqrt(norm);
      }
      return vector;
    }

    Matrix transposed() {
      float[] turned = new float[elements.length];
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          turned[j * rows + i] = elements[i * columns + j];
        }
      }
      return new Matrix(columns, rows, turned);
    }

    double norm() {
      double squares = 0;
      for (float element : elements) {
        squares += (double) element * element;
      }
      return Math.sqrt(squares);
    }
  }

  /// What came out: the factors as stored, and what is said of them.
  private record Factored(
      Matrix left, Matrix right, double[] squares, Measure measure, double residual) {

    /// The root of the sum of squares of what the factors leave, from the definition.
    double error(Matrix of) {
      double squares = 0;
      for (int i = 0; i < of.rows; i++) {
        for (int j = 0; j < of.columns; j++) {
          double rest = of.elements[i * of.columns + j];
          for (int k = 0; k < left.columns; k++) {
            rest -=
                (double) left.elements[i * left.columns + k] * right.elements[k * of.columns + j];
          }
          squares += rest * rest;
        }
      }
      return Math.sqrt(squares);
    }
  }

  private static Factored factor(Matrix matrix, Plan plan, int rank, DType dtype, long memory) {
    Kernels kernels = Kernels.scalar();
    Codec codec = kernels.codec(dtype);
    int bytes = dtype.bits() / 8;
    try (Arena arena = Arena.ofConfined()) {
      RandomisedSvd svd =
          new RandomisedSvd(
              plan,
              (first, into, count) ->
                  System.arraycopy(matrix.elements, (int) first, into, 0, count),
              arena.allocate(memory, 64),
              kernels,
              () -> false,
              _ -> {});
      Measure measure = svd.measure();
      Spectrum spectrum = svd.sketch(5);
      int columns = Math.min(rank, spectrum.rank());
      MemorySegment left = arena.allocate((long) matrix.rows * columns * bytes);
      MemorySegment right = arena.allocate((long) matrix.columns * columns * bytes);
      assertThat(svd.factors(spectrum, columns, codec, bytes, left, right)).isZero();
      double[] squares = new double[columns + 1];
      for (int i = 0; i <= columns; i++) {
        squares[i] = spectrum.squares(i);
      }
      return new Factored(
          decoded(codec, left, matrix.rows, columns),
          decoded(codec, right, columns, matrix.columns),
          squares,
          measure,
          Math.sqrt(svd.residual(columns)));
    }
  }

  private static Matrix decoded(Codec codec, MemorySegment stored, int rows, int columns) {
    float[] elements = new float[rows * columns];
    codec.decode(stored, 0, elements, elements.length);
    return new Matrix(rows, columns, elements);
  }

  private static Factored factor(Matrix matrix, int rank) {
    Plan plan = Plan.of(matrix.rows, matrix.columns, rank, 2);
    return factor(matrix, plan, rank, DType.F32, plan.mostMemory());
  }

  @Test
  void aMatrixOfRankOne() {
    // (1 2; 2 4) is 5 times the unit vector (1, 2) by itself: both factors are (1, 2), or both
    // (-1, -2).
    Factored factored = factor(Matrix.of(2, 2, 1, 2, 2, 4), 2);
    float sign = Math.signum(factored.left.elements[0]);
    assertThat(factored.left.columns).isEqualTo(1);
    assertThat(factored.left.elements).containsExactly(new float[] {sign, 2 * sign}, within(1e-6f));
    assertThat(factored.right.elements)
        .containsExactly(new float[] {sign, 2 * sign}, within(1e-6f));
    assertThat(factored.measure.squares()).isEqualTo(25);
    assertThat(factored.squares).containsExactly(new double[] {0, 25}, within(1e-12));
  }

  @Test
  void keepsTheGreaterOfTwo() {
    // Singular values 3 and 1: rank 1 leaves 1 of the norm, sqrt(10).
    Factored factored = factor(Matrix.of(2, 3, 3, 0, 0, 0, 0, 1), 1);
    assertThat(factored.residual).isCloseTo(1, within(1e-6));
    assertThat(factored.error(Matrix.of(2, 3, 3, 0, 0, 0, 0, 1))).isCloseTo(1, within(1e-6));
  }

  @Test
  void allColumnsGiveTheMatrixToF32Rounding() {
    for (Matrix matrix :
        new Matrix[] {
          Matrix.ofSpectrum(40, 60, randomValues(60)),
          Matrix.ofSpectrum(200, 30, randomValues(60)),
          Matrix.ofSpectrum(1, 9, 3),
          Matrix.ofSpectrum(130, 130, randomValues(200))
        }) {
      Factored factored = factor(matrix, Math.min(matrix.rows, matrix.columns));
      double unit = Math.ulp(1f) * matrix.norm();
      assertThat(factored.error(matrix)).isLessThan(8 * unit);
      assertThat(factored.residual).isLessThan(16 * unit);
    }
  }

  private static double[] randomValues(int count) {
    return new SplittableRandom(1).doubles(count, 0, 1).toArray();
  }

  @Test
  void aMatrixOfLowRankIsFoundWithoutLookingAtAllOfIt() {
    Matrix matrix = Matrix.ofSpectrum(300, 280, 8, 4, 2, 1, 0.5);
    Factored factored = factor(matrix, 5);
    assertThat(factored.error(matrix)).isLessThan(1e-6 * matrix.norm());
    assertThat(factor(matrix.transposed(), 5).error(matrix.transposed()))
        .isLessThan(1e-6 * matrix.norm());
  }

  @Test
  void comesNearTheBestFactorsOfThatRank() {
    // A spectrum that falls off slowly is the hard case. What the best factors of rank 8 leave is
    // what an exact factorisation leaves.
    double[] values = new double[120];
    for (int i = 0; i < values.length; i++) {
      values[i] = 1 / Math.sqrt(i + 1);
    }
    Matrix matrix = Matrix.ofSpectrum(160, 120, values);
    double best = factor(matrix, new Plan(160, 120, 120, 0), 8, DType.F32, 1 << 20).error(matrix);
    double bound = Math.sqrt(1 + 8 / (16 - 8 - 1.0));
    for (int iterations = 0; iterations <= 2; iterations++) {
      Plan plan = new Plan(160, 120, 16, iterations);
      Factored factored = factor(matrix, plan, 8, DType.F32, plan.mostMemory());
      assertThat(factored.error(matrix)).isBetween(best * 0.999999, best * bound);
      assertThat(factored.error(matrix)).isLessThan(best * (iterations == 2 ? 1.005 : bound));
    }
  }

  @Test
  void tellsTheErrorOfWhatIsStored() {
    Matrix matrix = Matrix.ofSpectrum(150, 140, 5, 3, 2, 1);
    for (DType dtype : new DType[] {DType.F32, DType.F16, DType.BF16}) {
      Plan plan = Plan.of(150, 140, 3, 1);
      Factored factored = factor(matrix, plan, 3, dtype, plan.mostMemory());
      assertThat(factored.residual).isCloseTo(factored.error(matrix), within(1e-5));
    }
  }

  @Test
  void doesNotDependOnTheMemory() {
    // Seven bands of two tiles, of which one, three and all are in memory.
    Matrix matrix = Matrix.ofSpectrum(800, 200, randomValues(40));
    Plan plan = Plan.of(800, 200, 20, 1);
    long band = TiledMatrix.bandBytes(200);
    Factored least = factor(matrix, plan, 20, DType.F16, plan.leastMemory());
    for (long more : new long[] {2 * band, 100 * band}) {
      Factored other = factor(matrix, plan, 20, DType.F16, plan.leastMemory() + more);
      assertThat(other.left.elements).isEqualTo(least.left.elements);
      assertThat(other.right.elements).isEqualTo(least.right.elements);
      assertThat(other.residual).isEqualTo(least.residual);
      assertThat(other.measure).isEqualTo(least.measure);
    }
  }

  @Test
  void countsWhatIsNoNumber() {
    Matrix matrix = Matrix.of(2, 2, 1, Float.NaN, Float.POSITIVE_INFINITY, 1);
    Plan plan = Plan.of(2, 2, 1, 0);
    try (Arena arena = Arena.ofConfined()) {
      RandomisedSvd svd =
          new RandomisedSvd(
              plan,
              (first, into, count) ->
                  System.arraycopy(matrix.elements, (int) first, into, 0, count),
              arena.allocate(plan.mostMemory(), 64),
              Kernels.scalar(),
              () -> false,
              _ -> {});
      assertThat(svd.measure().nonFinite()).isEqualTo(2);
    }
  }

  @Test
  void theSmallestRankThatHoldsAShare() {
    // Squares 64, 16, 4 and 1 of 85: one value holds 75 %, two 94 %, three 98.8 %.
    Matrix matrix = Matrix.of(4, 4, 8, 0, 0, 0, 0, 4, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1);
    Plan plan = Plan.of(4, 4, 4, 0);
    try (Arena arena = Arena.ofConfined()) {
      RandomisedSvd svd =
          new RandomisedSvd(
              plan,
              (first, into, count) ->
                  System.arraycopy(matrix.elements, (int) first, into, 0, count),
              arena.allocate(plan.mostMemory(), 64),
              Kernels.scalar(),
              () -> false,
              _ -> {});
      Spectrum spectrum = svd.sketch(1);
      assertThat(spectrum.rank()).isEqualTo(4);
      assertThat(spectrum.rank(0.75, 85, 4)).isEqualTo(1);
      assertThat(spectrum.rank(0.9, 85, 4)).isEqualTo(2);
      assertThat(spectrum.rank(0.95, 85, 4)).isEqualTo(3);
      assertThat(spectrum.rank(0.95, 85, 2)).isEqualTo(2);
      assertThat(spectrum.rank(1, 86, 4)).isEqualTo(4);
    }
  }

  @Test
  void tellsEveryElementOfEveryPass() {
    Matrix matrix = Matrix.ofSpectrum(200, 150, 1, 1);
    Plan plan = Plan.of(200, 150, 2, 2);
    AtomicLong elements = new AtomicLong();
    try (Arena arena = Arena.ofConfined()) {
      RandomisedSvd svd =
          new RandomisedSvd(
              plan,
              (first, into, count) ->
                  System.arraycopy(matrix.elements, (int) first, into, 0, count),
              arena.allocate(plan.mostMemory(), 64),
              Kernels.scalar(),
              () -> false,
              elements::addAndGet);
      Spectrum spectrum = svd.sketch(1);
      MemorySegment stored = arena.allocate(4 * 200 * 2);
      svd.factors(
          spectrum, 2, Kernels.scalar().codec(DType.F32), 4, stored, arena.allocate(4 * 150 * 2));
      svd.residual(2);
    }
    assertThat(plan.passes()).isEqualTo(7);
    assertThat(elements).hasValue(7 * 200 * 150);
  }

  @Test
  void stopsWhenCancelled() {
    Matrix matrix = Matrix.of(2, 2, 1, 2, 3, 4);
    Plan plan = Plan.of(2, 2, 1, 0);
    try (Arena arena = Arena.ofConfined()) {
      RandomisedSvd svd =
          new RandomisedSvd(
              plan,
              (first, into, count) ->
                  System.arraycopy(matrix.elements, (int) first, into, 0, count),
              arena.allocate(plan.mostMemory(), 64),
              Kernels.scalar(),
              () -> true,
              _ -> {});
      assertThatThrownBy(() -> svd.sketch(1))
          .isInstanceOfSatisfying(
              MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
    }
  }

  @Test
  void aSketchHasWholeVectorsOfAnyMachine() {
    assertThat(Plan.of(1280, 1280, 64, 2).width()).isEqualTo(80);
    assertThat(Plan.of(1280, 1280, 60, 2).width()).isEqualTo(80);
    assertThat(Plan.of(1280, 1280, 8, 2).width()).isEqualTo(16);
    assertThat(Plan.of(1280, 40, 64, 2).width()).isEqualTo(40);
    assertThat(Plan.of(1280, 40, 64, 2).isExact()).isTrue();
  }
}
