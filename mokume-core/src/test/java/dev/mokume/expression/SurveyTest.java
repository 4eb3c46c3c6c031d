package dev.mokume.expression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.MemorySource;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Scalar.Reduction;
import dev.mokume.tensor.DType;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What an expression needs, told without running it.
class SurveyTest {
  private static final int COUNT = 6;

  private final MemorySource file = new MemorySource("file", new byte[64]);
  private final StoredTensor tensorA = file.tensor("a", DType.F16, 0, COUNT);
  private final StoredTensor tensorB = file.tensor("b", DType.F16, 12, COUNT);
  private final StoredTensor small = file.tensor("small", DType.F16, 24, 2);
  private final Elements a = new Elements.Stored(tensorA);
  private final Elements b = new Elements.Stored(tensorB);
  private final Survey survey = new Survey(COUNT);

  private static Elements times(Elements a, Scalar number) {
    return new Elements.WithScalar(Operator.MULTIPLY, a, number);
  }

  @Test
  void plainArithmeticWaitsForNothing() {
    assertThat(survey.visit(new Elements.Blend(a, Scalar.constant(1), b, Scalar.constant(2))))
        .isZero();
    assertThat(survey.inputs()).containsExactly(tensorA, tensorB);
    assertThat(survey.foreign()).isEmpty();
  }

  @Test
  void aTensorThatIsUsedTwiceIsOneInput() {
    survey.visit(new Elements.Binary(Operator.ADD, a, new Elements.Stored(tensorA)));
    assertThat(survey.inputs()).containsExactly(tensorA);
  }

  @Test
  void aStatisticIsKnownAPassLater() {
    Scalar sum = new Scalar.Statistic(Reduction.SUM, a);
    assertThat(survey.visit(sum)).isEqualTo(1);
    assertThat(survey.visit(times(b, sum))).isEqualTo(1);
    assertThat(survey.visit(new Scalar.Dot(times(b, sum), a))).isEqualTo(2);
    assertThat(survey.visit(new Scalar.Count(new Bits.HasSign(a, sum)))).isEqualTo(2);
  }

  @Test
  void aQuantileIsKnownTwoPassesLater() {
    Scalar quantile = new Scalar.Quantile(a, 0.5, QuantileRule.EXACT, 1);
    assertThat(survey.visit(quantile)).isEqualTo(2);
    Bits below = new Bits.Compare(Bits.Comparison.LESS, a, quantile);
    assertThat(survey.visit(new Elements.Select(below, a, b))).isEqualTo(2);
  }

  /// It is a by-product of the quantile. NaN is neither less nor at least as much, and a quantile
  /// of other elements tells nothing of these.
  @Test
  void whatIsLessThanAQuantileIsCountedWithIt() {
    Elements magnitude = new Elements.Magnitude(a);
    Scalar quantile = new Scalar.Quantile(magnitude, 0.5, QuantileRule.EXACT, COUNT);
    assertThat(survey.visit(count(Bits.Comparison.LESS, magnitude, quantile))).isEqualTo(2);
    assertThat(survey.visit(count(Bits.Comparison.AT_LEAST, magnitude, quantile))).isEqualTo(3);
    Elements other = new Elements.Magnitude(b);
    assertThat(survey.visit(count(Bits.Comparison.LESS, other, quantile))).isEqualTo(3);
    Scalar chunked = new Scalar.Quantile(magnitude, 0.5, QuantileRule.MEDIAN, COUNT);
    assertThat(survey.visit(count(Bits.Comparison.LESS, magnitude, chunked))).isEqualTo(3);
  }

  private static Scalar count(Bits.Comparison comparison, Elements elements, Scalar threshold) {
    return new Scalar.Count(new Bits.Compare(comparison, elements, threshold));
  }

  @Test
  void functionsOfNumbersWaitForTheLastOfThem() {
    Scalar sum = new Scalar.Statistic(Reduction.SUM, a);
    Scalar later = new Scalar.Statistic(Reduction.SUM, times(a, sum));
    assertThat(survey.visit(new Scalar.Computed(Function.ADD, List.of(sum, later)))).isEqualTo(2);
  }

  @Test
  void theNormsOfChannelsTakeAPass() {
    assertThat(survey.visit(new Elements.ShiftFirstChannel(a, b, 2, 3, 6))).isEqualTo(1);
  }

  @Test
  void aNumberOverAnotherTensorIsForeign() {
    Scalar foreign = new Scalar.Statistic(Reduction.SUM, new Elements.Stored(small));
    assertThat(survey.visit(times(a, foreign))).as("it is measured before").isZero();
    assertThat(survey.visit(times(b, foreign))).isZero();
    assertThat(survey.foreign()).containsExactly(foreign);
    assertThat(survey.inputs())
        .as("its tensors are not this one's")
        .containsExactly(tensorA, tensorB);
    assertThat(Survey.count(foreign)).isEqualTo(2);
  }

  private static Elements large(int tensor) {
    long count = Scalar.LEAST_SAMPLED;
    return new Elements.Stored(
        new MemorySource("x" + tensor, new byte[0]).tensor("x", DType.BF16, 0, count));
  }

  @Test
  void aSampleIsNoPass() {
    Elements delta = new Elements.Binary(Elements.Operator.SUBTRACT, large(1), large(2));
    Elements trimmed = new Elements.Trimmed(delta, new Scalar.Ranked(delta, 7));
    Survey ties = new Survey(Scalar.LEAST_SAMPLED);
    assertThat(ties.visit(trimmed)).isEqualTo(2);
    assertThat(ties.passes(2)).as("one to count, one to trim").isEqualTo(2);
    assertThat(ties.passes(1)).as("the number alone").isEqualTo(1);
    // What else is gathered over all elements meanwhile needs them all.
    Survey more = new Survey(Scalar.LEAST_SAMPLED);
    more.visit(new Scalar.Statistic(Scalar.Reduction.SUM, large(3)));
    more.visit(trimmed);
    assertThat(more.passes(2)).isEqualTo(3);
  }
}
