package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.MemorySource;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.QuantileRule;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Scalar.Reduction;
import dev.mokume.tensor.DType;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GraphTest {
  private final MemorySource file = new MemorySource("a", new byte[64]);
  private final Graph graph = new Graph(Map.of());

  private Elements a() {
    return new Elements.Stored(file.tensor("a", DType.F32, 0, 4));
  }

  private Elements b() {
    return new Elements.Stored(file.tensor("b", DType.F32, 16, 4));
  }

  private static Elements minus(Elements a, Elements b) {
    return new Elements.Binary(Operator.SUBTRACT, a, b);
  }

  @Test
  void equalExpressionsAreOneNode() {
    assertThat(graph.of(minus(a(), b()))).isSameAs(graph.of(minus(a(), b())));
    // a, b and their difference.
    assertThat(graph.nodes()).hasSize(3);
  }

  @Test
  void whatDiffersInAnythingIsAnotherNode() {
    graph.of(minus(a(), b()));
    graph.of(minus(b(), a()));
    graph.of(new Elements.Binary(Operator.ADD, a(), b()));
    assertThat(graph.nodes()).hasSize(2 + 3);
    // Two zeros are not the same number.
    graph.of(Scalar.constant(0.0));
    graph.of(Scalar.constant(-0.0));
    assertThat(graph.nodes()).hasSize(2 + 3 + 2);
    graph.of(new Bits.Keep(new Draw.Stateless(1, "s", "t"), 0.5, 4));
    graph.of(new Bits.Keep(new Draw.Stateless(1, "s", "u"), 0.5, 4));
    graph.of(new Bits.Keep(new Draw.Stateless(1, "s", "u"), 0.25, 4));
    graph.of(new Bits.Keep(new Draw.Stateless(1, "s", "u"), 0.25, 4));
    assertThat(graph.nodes()).hasSize(2 + 3 + 2 + 3);
  }

  @Test
  void tensorsOfTwoFilesAreTwoNodesThoughTheirNamesAreTheSame() {
    MemorySource other = new MemorySource("other", new byte[64]);
    assertThat(graph.of(a()))
        .isNotSameAs(graph.of(new Elements.Stored(other.tensor("a", DType.F32, 0, 4))));
  }

  @Test
  void inputsComeBeforeTheirUsers() {
    graph.of(Formulas.dare(a(), b(), 3));
    for (Node node : graph.nodes()) {
      assertThat(graph.nodes().get(node.id())).isSameAs(node);
      assertThat(node.inputs()).allMatch(input -> input.id() < node.id());
    }
  }

  @Test
  void levelsCountThePassesThatMustBeOver() {
    Elements difference = minus(a(), b());
    Scalar sum = new Scalar.Statistic(Reduction.SUM, difference);
    Elements scaled = new Elements.WithScalar(Operator.MULTIPLY, difference, sum);
    Scalar median = new Scalar.Quantile(scaled, 0.5, QuantileRule.EXACT, 1);
    assertThat(graph.of(difference).level()).isZero();
    assertThat(graph.of(sum).level()).isEqualTo(1);
    assertThat(graph.of(scaled).level()).isEqualTo(1);
    // A quantile takes two passes of its own.
    assertThat(graph.of(median).level()).isEqualTo(3);
    assertThat(graph.of(new Elements.ShiftFirstChannel(a(), scaled, 2, 2, 6)).level()).isEqualTo(2);
  }

  @Test
  void aChoiceBetweenAChoiceAndItsOwnOtherSideIsOneByBothMasks() {
    Bits outer = drawn("outer");
    Bits inner = drawn("inner");
    Elements nested = select(outer, select(inner, minus(a(), b()), a()), a());
    Bits both = new Bits.Binary(Bits.Operator.AND, outer, inner);
    assertThat(graph.of(nested)).isSameAs(graph.of(select(both, minus(a(), b()), a())));
    // And so on, from the inside to the outside.
    Bits third = drawn("third");
    assertThat(graph.of(select(third, nested, a())))
        .isSameAs(
            graph.of(
                select(new Bits.Binary(Bits.Operator.AND, third, both), minus(a(), b()), a())));
  }

  @Test
  void otherChoicesBetweenChoicesStayTwo() {
    Bits outer = drawn("outer");
    Elements chosen = select(drawn("inner"), minus(a(), b()), a());
    assertStays("another other side", select(outer, chosen, b()));
    assertStays("between its own first side", select(outer, chosen, minus(a(), b())));
    assertStays("the other way round", select(outer, a(), chosen));
  }

  /// It would have to be computed from what is kept before it, were it not kept itself.
  @Test
  void aChoiceThatIsKeptForALaterPassStaysOne() {
    Elements scaled =
        new Elements.WithScalar(
            Operator.MULTIPLY, a(), new Scalar.Statistic(Reduction.SUM, minus(a(), b())));
    Bits positive = new Bits.HasSign(scaled, new Scalar.Statistic(Reduction.SUM, scaled));
    assertStays("kept", select(drawn("outer"), select(positive, scaled, a()), a()));
  }

  private static Bits drawn(String stream) {
    return new Bits.Keep(new Draw.Stateless(1, stream, "t"), 0.5, 4);
  }

  private static Elements select(Bits mask, Elements whenSet, Elements whenClear) {
    return new Elements.Select(mask, whenSet, whenClear);
  }

  private void assertStays(String what, Elements choice) {
    assertThat(graph.of(choice).expression()).as(what).isSameAs(choice);
  }

  @Test
  void aNumberThatIsKnownIsAConstant() {
    Scalar sum = new Scalar.Statistic(Reduction.SUM, a());
    Graph withSum = new Graph(Map.of(sum, 3.5));
    assertThat(withSum.of(sum)).isSameAs(withSum.of(Scalar.constant(3.5)));
    assertThat(withSum.of(new Elements.WithScalar(Operator.ADD, b(), sum)).level()).isZero();
  }
}
