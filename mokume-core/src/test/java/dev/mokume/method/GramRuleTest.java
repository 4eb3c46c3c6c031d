package dev.mokume.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/// Coefficients from dot products, against values worked by hand and against the same rules applied
/// to the vectors themselves.
class GramRuleTest {
  private static final Offset<Double> CLOSE = within(1e-12);
  private static final double NEARLY_ONE = 1 - 5e-13;

  private static double[] coefficients(GramRule rule, double[]... vectors) {
    double[][] gram = new double[vectors.length][vectors.length];
    for (int i = 0; i < vectors.length; i++) {
      for (int j = 0; j < vectors.length; j++) {
        gram[i][j] = dot(vectors[i], vectors[j]);
      }
    }
    return rule.coefficients(gram);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double[] v(double... x) {
    return x;
  }

  private static GramRule.Mean mean(double... weights) {
    List<Double> list = java.util.Arrays.stream(weights).boxed().toList();
    return new GramRule.Mean(new GramRule.Weighing(list, true));
  }

  // Arc

  @Test
  void anArcOverARightAngleTurnsByItsShare() {
    // A third of 90 degrees: cos 30 of the first, sin 30 of the second.
    assertThat(coefficients(new GramRule.Arc(1 / 3.0, NEARLY_ONE), v(2, 0), v(0, 5)))
        .containsExactly(v(StrictMath.sqrt(3) / 2, 0.5), CLOSE);
  }

  @Test
  void parallelVectorsAreBlendedLinearly() {
    assertThat(coefficients(new GramRule.Arc(0.25, NEARLY_ONE), v(1, 2), v(3, 6)))
        .containsExactly(0.75, 0.25);
  }

  @Test
  void oppositeVectorsAreBlendedLinearly() {
    assertThat(coefficients(new GramRule.Arc(0.25, NEARLY_ONE), v(1, 2), v(-1, -2)))
        .containsExactly(0.75, 0.25);
  }

  @Test
  void aLimitSaysWhatIsParallel() {
    // cos = 0.6
    assertThat(coefficients(new GramRule.Arc(0.25, 0.5), v(1, 0), v(3, 4)))
        .containsExactly(0.75, 0.25);
  }

  @Test
  void aVectorOfZerosIsAtRightAngles() {
    assertThat(coefficients(new GramRule.Arc(0.5, NEARLY_ONE), v(0, 0), v(1, 0)))
        .containsExactly(v(Math.sqrt(0.5), Math.sqrt(0.5)), CLOSE);
  }

  // Mean

  @Test
  void theMeanOfDirectionsIsAsLongAsTheMeanLength() {
    // Directions (1, 0) and (0, 1): their mean has length sqrt(1/2); lengths 2 and 4 have mean 3.
    double factor = 3 / Math.sqrt(0.5);
    assertThat(coefficients(mean(1, 1), v(2, 0), v(0, 4)))
        .containsExactly(v(factor * 0.5 / 2, factor * 0.5 / 4), CLOSE);
  }

  @Test
  void oppositeDirectionsOfTheMeanGiveTheWeightedSum() {
    assertThat(coefficients(mean(1, 1), v(1, 0), v(-2, 0))).containsExactly(0.5, 0.5);
  }

  @Test
  void weightsMayStayAsTheyAre() {
    GramRule rule = new GramRule.Mean(new GramRule.Weighing(List.of(2.0), false));
    // One direction, twice as long.
    assertThat(coefficients(rule, v(3, 4))).containsExactly(v(2), CLOSE);
  }

  /// mergekit's further step along the tangent, on vectors: it leads nowhere.
  @Test
  void theStepFromTheMeanIsNothing() {
    double[][] x = random(3, 20, 7);
    double[] w = {0.5, 0.3, 0.2};
    double[] m = new double[20];
    for (int i = 0; i < 3; i++) {
      add(m, x[i], w[i] / norm(x[i]));
    }
    double length = norm(m);
    double[] tangent = new double[20];
    for (int i = 0; i < 3; i++) {
      add(tangent, x[i], w[i] / norm(x[i]));
      add(tangent, m, -w[i] * dot(x[i], m) / norm(x[i]) / length / length);
    }
    assertThat(norm(tangent)).isLessThan(1e-15);
  }

  // Karcher

  @Test
  void theKarcherMeanOfTwoIsHalfWay() {
    // Half of 90 degrees, as long as (1 + 3) / 2.
    double half = Math.sqrt(0.5) * 2;
    assertThat(coefficients(new GramRule.Karcher(10, 1e-9), v(1, 0), v(0, 3)))
        .containsExactly(v(half, half / 3), CLOSE);
  }

  @Test
  void theKarcherMeanOfThreeIsAtEqualAnglesInTheMean() {
    // At 0, 30 and 90 degrees: the mean is at 40.
    double[] a = v(1, 0);
    double[] b = v(Math.cos(Math.toRadians(30)), Math.sin(Math.toRadians(30)));
    double[] c = v(0, 1);
    double[] x = coefficients(new GramRule.Karcher(50, 1e-13), a, b, c);
    double[] mean = new double[2];
    add(mean, a, x[0]);
    add(mean, b, x[1]);
    add(mean, c, x[2]);
    assertThat(mean)
        .containsExactly(v(Math.cos(Math.toRadians(40)), Math.sin(Math.toRadians(40))), CLOSE);
  }

  @Test
  void aModelOfZerosHasNoDirectionButALength() {
    assertThat(coefficients(new GramRule.Karcher(10, 1e-5), v(2, 0), v(0, 0)))
        .containsExactly(0.5, 0);
  }

  @Test
  void theKarcherMeanOfZerosIsZero() {
    assertThat(coefficients(new GramRule.Karcher(10, 1e-5), v(0, 0), v(0, 0)))
        .containsExactly(0, 0);
  }

  @Test
  void betweenOppositeDirectionsTheFirstIsKept() {
    assertThat(coefficients(new GramRule.Karcher(10, 1e-5), v(1, 2), v(-1, -2)))
        .containsExactly(v(1, 0), CLOSE);
  }

  /// The iteration on vectors, step by step, comes to the same as the one on dot products.
  @Test
  void dotProductsSayAsMuchAsTheVectors() {
    double[][] x = random(4, 50, 3);
    double[] u = new double[50];
    double length = 0;
    for (double[] one : x) {
      add(u, one, 0.25 / norm(one));
      length += norm(one) / 4;
    }
    u = times(u, 1 / norm(u));
    for (int step = 0; step < 3; step++) {
      double[] tangent = new double[50];
      for (double[] one : x) {
        double cosine = dot(u, one) / norm(one);
        double angle = Math.acos(cosine);
        add(tangent, one, 0.25 * angle / Math.sin(angle) / norm(one));
        add(tangent, u, -0.25 * angle / Math.sin(angle) * cosine);
      }
      double angle = norm(tangent);
      u = times(u, Math.cos(angle));
      add(u, tangent, Math.sin(angle) / angle);
    }
    double[] combined = new double[50];
    double[] coefficients = coefficients(new GramRule.Karcher(3, 1e-15), x);
    for (int i = 0; i < 4; i++) {
      add(combined, x[i], coefficients[i]);
    }
    assertThat(combined).containsExactly(times(u, length), CLOSE);
  }

  // Stock

  @Test
  void modelsThatAgreeAreTheMean() {
    assertThat(coefficients(new GramRule.Stock(), v(1, 1), v(2, 2)))
        .containsExactly(v(0.5, 0.5), CLOSE);
  }

  @Test
  void modelsAtRightAnglesStayAtTheBase() {
    assertThat(coefficients(new GramRule.Stock(), v(1, 0), v(0, 2))).containsExactly(0, 0);
  }

  @Test
  void aModelThatIsTheBaseIsAtRightAnglesToAll() {
    assertThat(coefficients(new GramRule.Stock(), v(0, 0), v(1, 2))).containsExactly(0, 0);
    assertThat(coefficients(new GramRule.Stock(), v(0, 0), v(0, 0))).containsExactly(0, 0);
    // The mean cosine is 1 / 3: 3 * 1/3 / (1 + 2/3) = 0.6 of the way, a third of it for each.
    assertThat(coefficients(new GramRule.Stock(), v(0, 0), v(1, 2), v(1, 2)))
        .containsExactly(v(0.2, 0.2, 0.2), CLOSE);
  }

  @Test
  void oppositeModelsStayAtTheBase() {
    assertThat(coefficients(new GramRule.Stock(), v(1, 2), v(-1, -2))).containsExactly(0, 0);
    assertThat(coefficients(new GramRule.Stock(), v(1), v(-3))).containsExactly(0, 0);
    double third = Math.sqrt(3);
    assertThat(coefficients(new GramRule.Stock(), v(2, 0), v(-1, third), v(-5, -5 * third)))
        .as("their directions add up to nothing")
        .containsExactly(0, 0, 0);
  }

  @Test
  void modelsThatAreOppositeButForRoundingStayAtTheBase() {
    // Their cosine is -1 less one ten-millionth squared, by half.
    assertThat(coefficients(new GramRule.Stock(), v(1, 0), v(-3, 3e-7))).containsExactly(0, 0);
    double[] thirds = v(0.1f, 0.7f, -0.3f);
    double[] threefold = times(thirds, -3);
    threefold[0] = Math.nextUp((float) threefold[0]);
    assertThat(coefficients(new GramRule.Stock(), thirds, threefold)).containsExactly(0, 0);
  }

  @Test
  void nearlyOppositeModelsGoNoFartherThanTheLongestDifference() {
    // Of their sum, (0, 0.002), five hundred times as much is as long as the first.
    double[] coefficients = coefficients(new GramRule.Stock(), v(1, 0.001), v(-1, 0.001));
    assertThat(coefficients[0]).isEqualTo(coefficients[1]);
    assertThat(coefficients[0]).isCloseTo(-Math.hypot(1, 0.001) / 0.002, within(1e-6));
  }

  @Test
  void threeModelsAtSixtyDegreesGoThreeQuartersOfTheWay() {
    // 3 * 0.5 / (1 + 2 * 0.5) = 0.75, a third of it for each.
    double[] a = v(1, 1, 0);
    double[] b = v(1, 0, 1);
    double[] c = v(0, 1, 1);
    assertThat(coefficients(new GramRule.Stock(), a, b, c))
        .containsExactly(v(0.25, 0.25, 0.25), CLOSE);
  }

  // As a formula

  @Test
  void aCoefficientReadsTheUpperTriangle() {
    // Rows of the triangle: 0-0, 0-1, 0-2, 1-1, 1-2, 2-2.
    double[] triangle = {2, 1, 1, 2, 1, 2};
    assertThat(new Coefficient(new GramRule.Stock(), 2).apply(triangle)).isCloseTo(0.25, CLOSE);
  }

  @Test
  void aCoefficientRefusesWhatIsNoTriangle() {
    assertThatThrownBy(() -> new Coefficient(new GramRule.Stock(), 0).apply(new double[4]))
        .hasMessage("4 numbers are not the dot products of vectors");
  }

  private static double[][] random(int count, int size, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] vectors = new double[count][];
    for (int i = 0; i < count; i++) {
      vectors[i] = random.doubles(size, -0.5, 1).toArray();
    }
    return vectors;
  }

  private static double norm(double[] x) {
    return Math.sqrt(dot(x, x));
  }

  private static double[] times(double[] x, double factor) {
    double[] result = x.clone();
    for (int i = 0; i < x.length; i++) {
      result[i] *= factor;
    }
    return result;
  }

  private static void add(double[] to, double[] x, double factor) {
    for (int i = 0; i < to.length; i++) {
      to[i] += factor * x[i];
    }
  }
}
