package dev.mokume.method;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Bits.Comparison;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Formula;
import dev.mokume.expression.Function;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Survey;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Two models blended by how alike they are, column by column, in proportion to the likenesses of
/// the whole model. Source: supermerger, cosineA and cosineB.
///
/// Likenesses are held as `1 + cosine`, which is not negative, so that they are ranked as
/// magnitudes are.
final class LikenessBlend {
  /// The hundredth at either end of a model's likenesses counts for nothing.
  private static final double CUT = 0.01;

  private final Lowering lowering;

  /// Of each expression for a component, since models may be blended in several.
  private final Map<Object, Map<Weights.ByLikeness, Range>> ranges = new IdentityHashMap<>();

  LikenessBlend(Lowering lowering) {
    this.lowering = lowering;
  }

  /// The least and the greatest likeness of a model, outliers left out.
  private record Range(Scalar least, Scalar greatest) {}

  /// `(1 - k) b + k a` with `k = clamp((likeness - least) / (greatest - least) - |alpha|, 0, 1)`.
  ///
  /// @param a not empty
  Elements of(Weights.ByLikeness node, Elements a, Elements b, double alpha) {
    Range range = range(node);
    ColumnLikeness pair = new ColumnLikeness(a, b, lowering.target().shape());
    Elements share =
        withScalar(
            Operator.DIVIDE,
            withScalar(Operator.SUBTRACT, pair.blended(node.likeness()), range.least()),
            new Scalar.Computed(new Span(), List.of(range.greatest(), range.least())));
    Elements moved = withScalar(Operator.SUBTRACT, share, Scalar.constant(Math.abs(alpha)));
    Elements one = new Elements.Constant(1, a.count());
    Elements most = new Elements.Select(greater(moved, 1), one, moved);
    Elements k = new Elements.Select(greater(most, 0), most, new Elements.Constant(0, a.count()));
    return binary(
        Operator.ADD,
        binary(Operator.MULTIPLY, b, binary(Operator.SUBTRACT, one, k)),
        binary(Operator.MULTIPLY, a, k));
  }

  /// What a range is divided by; where all is alike, everything is at its lower end.
  private record Span() implements Formula {
    @Override
    public double apply(double[] x) {
      double span = Function.SUBTRACT.apply(x);
      return span > 0 ? span : 1;
    }
  }

  private Range range(Weights.ByLikeness node) {
    Map<Weights.ByLikeness, Range> ofModel =
        ranges.computeIfAbsent(lowering.root(), _ -> new IdentityHashMap<>());
    Range known = ofModel.get(node);
    if (known == null) {
      known = measured(node);
      ofModel.put(node, known);
    }
    return known;
  }

  /// Of n likenesses in order, from 0 on, the least is number `ceil(0.01 (n - 1))`; of those m from
  /// there on, the greatest is number `floor(0.99 (m - 1))`.
  private Range measured(Weights.ByLikeness node) {
    List<Elements> parts = new ArrayList<>();
    long columns = 0;
    for (TensorSpec spec : lowering.model()) {
      Optional<ColumnLikeness> pair = lowering.aside(spec, () -> pair(node, spec.shape()));
      if (pair.isPresent()) {
        Elements part = pair.get().once(node.likeness());
        refuseForeign(part);
        parts.add(part);
        columns += pair.get().columns();
      }
    }
    long least = (long) Math.ceil(CUT * (columns - 1));
    long greatest = least + (long) Math.floor((1 - CUT) * (columns - least - 1));
    return new Range(new Scalar.RankedAmong(parts, least), new Scalar.RankedAmong(parts, greatest));
  }

  private Optional<ColumnLikeness> pair(Weights.ByLikeness node, Shape shape) {
    Optional<Elements> a = lowering.here(node.a());
    Optional<Elements> b = lowering.here(node.b());
    return lowering.isBlendedByLikeness() && a.isPresent() && b.isPresent() && a.get().count() > 0
        ? Optional.of(new ColumnLikeness(a.get(), b.get(), shape))
        : Optional.empty();
  }

  private static void refuseForeign(Elements part) {
    Survey survey = new Survey(part.count());
    survey.visit(part);
    if (!survey.foreign().isEmpty()) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "likenesses over a whole model are asked of models that need numbers of other tensors"
              + " themselves; write those models into checkpoints first.");
    }
  }

  private static Elements binary(Operator operator, Elements a, Elements b) {
    return new Elements.Binary(operator, a, b);
  }

  private static Elements withScalar(Operator operator, Elements a, Scalar b) {
    return new Elements.WithScalar(operator, a, b);
  }

  private static Bits greater(Elements a, double limit) {
    return new Bits.Compare(Comparison.GREATER, a, Scalar.constant(limit));
  }
}
