package dev.mokume.internal.engine;

import dev.mokume.checkpoint.MemorySink;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Function;
import dev.mokume.expression.QuantileRule;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Scalar.Reduction;
import dev.mokume.plan.TensorTask;
import dev.mokume.plan.TensorTask.Write;
import dev.mokume.tensor.DType;
import java.util.List;

/// What merges of two tensors look like to the engine.
final class Formulas {
  private Formulas() {}

  static Elements blend(Elements a, Elements b) {
    return new Elements.Blend(a, Scalar.constant(0.65), b, Scalar.constant(0.35));
  }

  static Elements slerp(Elements a, Elements b) {
    Scalar norms = new Scalar.Computed(Function.MULTIPLY, List.of(Scalar.norm(a), Scalar.norm(b)));
    Scalar cosine = new Scalar.Computed(Function.DIVIDE, List.of(new Scalar.Dot(a, b), norms));
    List<Scalar> arguments = List.of(cosine, Scalar.constant(0.35), Scalar.constant(0.9995));
    return new Elements.Blend(
        a,
        new Scalar.Computed(Function.SLERP_FIRST, arguments),
        b,
        new Scalar.Computed(Function.SLERP_LATER, arguments));
  }

  /// Set where `|b - a|` is below its median.
  static Bits lowMagnitude(Elements a, Elements b) {
    Elements magnitude = new Elements.Magnitude(new Elements.Binary(Operator.SUBTRACT, b, a));
    Scalar median = new Scalar.Quantile(magnitude, 0.5, QuantileRule.EXACT, 10_000_000);
    return new Bits.Compare(Bits.Comparison.LESS, magnitude, median);
  }

  static Elements underMask(Elements a, Elements b) {
    return new Elements.Select(lowMagnitude(a, b), blend(a, b), a);
  }

  /// `iterations` times: a tenth of `b - x` that has the majority's sign is added to x.
  static Elements dare(Elements a, Elements b, int iterations) {
    Elements x = a;
    for (int i = 0; i < iterations; i++) {
      x = voted(x, b, i);
    }
    return blend(a, x);
  }

  /// A tenth of `b - a` that has the majority's sign is added to `a`: few elements, side by side.
  static Elements voted(Elements a, Elements b) {
    return voted(a, b, 0);
  }

  private static Elements voted(Elements x, Elements b, int iteration) {
    Elements delta =
        new Elements.WithScalar(
            Operator.DIVIDE, new Elements.Binary(Operator.SUBTRACT, b, x), Scalar.constant(0.1));
    Bits drawn = new Bits.Keep(new Draw.Stateless(1, "dare/0/" + iteration, "t"), 0.1, b.count());
    Bits elected = new Bits.HasSign(delta, new Scalar.Statistic(Reduction.SUM, delta));
    Bits keep = new Bits.Binary(Bits.Operator.AND, drawn, elected);
    return new Elements.Select(keep, new Elements.Binary(Operator.ADD, x, delta), x);
  }

  static TensorTask task(Elements value, DType dtype) {
    return new TensorTask(
        "t", value.count(), List.of(new Write.Values(0, 0, value, dtype)), List.of());
  }

  /// What an engine makes of it, in F32.
  static MemorySink run(MergeEngine engine, Elements value) {
    MemorySink sink = new MemorySink(4 * (int) value.count());
    engine.run(List.of(task(value, DType.F32)), List.of(sink));
    return sink;
  }

  static TensorTask task(Bits bits) {
    return new TensorTask("t", bits.count(), List.of(new Write.Mask(0, 0, bits)), List.of());
  }

  static TensorTask measure(long count, Scalar... numbers) {
    return new TensorTask("t", count, List.of(), List.of(numbers));
  }
}
