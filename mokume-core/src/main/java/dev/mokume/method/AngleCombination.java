package dev.mokume.method;

import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Lines;
import dev.mokume.expression.PerLine;
import dev.mokume.expression.Scalar;
import dev.mokume.recipe.Vectors;
import dev.mokume.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A [GramRule] at work on tensors: one pass measures every dot product, the next adds the tensors
/// up, each times its coefficient.
final class AngleCombination {
  private AngleCombination() {}

  /// `c_1 x_1 + c_2 x_2 + ...`, or with a base `base + c_1 (x_1 - base) + ...`.
  static Elements of(
      GramRule rule, List<Elements> models, Optional<Elements> base, Vectors along, Shape shape) {
    if (base.isEmpty()) {
      return combined(rule, models, along, shape);
    }
    Elements from = base.get();
    Optional<Lines> lines = lines(along, shape);
    if (rule instanceof GramRule.Stock && lines.isPresent()) {
      return StepwiseAngles.stock(models, from, lines.get());
    }
    List<Elements> differences =
        models.stream()
            .<Elements>map(model -> new Elements.Binary(Operator.SUBTRACT, model, from))
            .toList();
    return new Elements.Binary(Operator.ADD, from, combined(rule, differences, along, shape));
  }

  private static Elements combined(
      GramRule rule, List<Elements> vectors, Vectors along, Shape shape) {
    Optional<Lines> lines = lines(along, shape);
    return lines.isPresent() ? byLine(rule, vectors, lines.get()) : whole(rule, vectors);
  }

  /// The vectors of a tensor, if they are not the whole.
  static Optional<Lines> lines(Vectors along, Shape shape) {
    long count = shape.elementCount();
    if (shape.rank() < 2 || count == 0) {
      return Optional.empty();
    }
    return switch (along) {
      case WHOLE -> Optional.empty();
      case ROWS -> Optional.of(Lines.rows(count, shape.dimension(shape.rank() - 1)));
      case COLUMNS -> Optional.of(Lines.columns(count, shape.dimension(0)));
    };
  }

  private static Elements whole(GramRule rule, List<Elements> vectors) {
    List<Scalar> dots = new ArrayList<>();
    for (int i = 0; i < vectors.size(); i++) {
      dots.add(new Scalar.Statistic(Scalar.Reduction.SUM_OF_SQUARES, vectors.get(i)));
      for (int j = i + 1; j < vectors.size(); j++) {
        dots.add(new Scalar.Dot(vectors.get(i), vectors.get(j)));
      }
    }
    Elements sum =
        new Elements.WithScalar(Operator.MULTIPLY, vectors.getFirst(), number(rule, 0, dots));
    for (int i = 1; i < vectors.size(); i++) {
      Scalar coefficient = number(rule, i, dots);
      sum =
          i == 1
              ? new Elements.Blend(
                  vectors.getFirst(), number(rule, 0, dots), vectors.get(1), coefficient)
              : new Elements.Blend(sum, Scalar.constant(1), vectors.get(i), coefficient);
    }
    return sum;
  }

  private static Scalar number(GramRule rule, int vector, List<Scalar> dots) {
    return new Scalar.Computed(new Coefficient(rule, vector), dots);
  }

  private static Elements byLine(GramRule rule, List<Elements> vectors, Lines lines) {
    List<PerLine> dots = new ArrayList<>();
    for (int i = 0; i < vectors.size(); i++) {
      for (int j = i; j < vectors.size(); j++) {
        Elements products = new Elements.Binary(Operator.MULTIPLY, vectors.get(i), vectors.get(j));
        dots.add(new PerLine.Statistic(PerLine.Reduction.SUM, products, lines));
      }
    }
    Elements sum = share(rule, vectors, 0, dots);
    for (int i = 1; i < vectors.size(); i++) {
      sum = new Elements.Binary(Operator.ADD, sum, share(rule, vectors, i, dots));
    }
    return sum;
  }

  private static Elements share(
      GramRule rule, List<Elements> vectors, int vector, List<PerLine> dots) {
    return new Elements.Binary(
        Operator.MULTIPLY,
        vectors.get(vector),
        new Elements.OfLine(new PerLine.Computed(new Coefficient(rule, vector), dots)));
  }
}
