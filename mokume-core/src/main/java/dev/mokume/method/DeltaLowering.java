package dev.mokume.method;

import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Elected;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Scalar;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// Turns task vectors into the arithmetic of one tensor. What a tensor lacks a model or a number
/// for plays no part in it.
final class DeltaLowering {
  /// The least number that a sum of weights is divided by. Source: mergekit.
  private static final double LEAST_WEIGHT = 1e-8;

  private final Lowering lowering;
  private final StepRounding rounding;
  private final Sparsification sparsification;

  DeltaLowering(Lowering lowering) {
    this.lowering = lowering;
    this.rounding = new StepRounding(lowering);
    this.sparsification = new Sparsification(lowering, rounding);
  }

  /// `base + scale * delta`.
  Elements added(Elements base, Elements delta, double scale) {
    return rounding.isOn()
        ? rounding.step(
            new Elements.Binary(
                Operator.ADD,
                base,
                rounding.step(
                    new Elements.WithScalar(Operator.MULTIPLY, delta, rounding.step(scale)))))
        : new Elements.Blend(base, Scalar.constant(1), delta, Scalar.constant(scale));
  }

  /// Whether the steps of the tensor at hand are rounded to its dtype.
  boolean roundsSteps() {
    return rounding.isOn();
  }

  /// The weighted sum of whole models.
  Elements sum(List<Elements> models, List<Double> weights, boolean normalise) {
    List<Elements> terms = new ArrayList<>();
    for (int i = 0; i < models.size(); i++) {
      terms.add(scaled(models.get(i), weights.get(i)));
    }
    return total(terms, weights, normalise);
  }

  /// The elements of `delta` for the tensor at hand, if it has any there.
  Optional<Elements> lower(Delta delta) {
    return Optional.ofNullable(lower(delta, new ArrayList<>()));
  }

  /// The elements of a model of which only part is kept; nothing where a ratio has no number.
  Optional<Elements> lower(Weights.Sparse node, Elements model) {
    Sparsification.Part part =
        new Sparsification.Part(
            node, node.sparsify(), node.rescale(), () -> lowering.here(node.model()));
    return Optional.ofNullable(sparsification.of(part, model, new ArrayList<>()));
  }

  /// @param before what was drawn from torch's generator for the tensor so far; what `delta` draws
  ///   is added
  private @Nullable Elements lower(Delta delta, List<Draw.Prior> before) {
    return switch (delta) {
      case Delta.Difference(var finetuned, var base) -> {
        Optional<Elements> a = lowering.here(finetuned);
        Optional<Elements> b = lowering.here(base);
        yield a.isEmpty() || b.isEmpty()
            ? null
            : rounding.step(new Elements.Binary(Operator.SUBTRACT, a.get(), b.get()));
      }
      case Delta.Sparse sparse -> {
        Elements whole = lower(sparse.delta(), before);
        Sparsification.Part part =
            new Sparsification.Part(
                sparse, sparse.sparsify(), sparse.rescale(), () -> lower(sparse.delta()));
        yield whole == null ? null : sparsification.of(part, whole, before);
      }
      case Delta.Combined combined -> combined(combined, before);
    };
  }

  private @Nullable Elements combined(Delta.Combined node, List<Draw.Prior> before) {
    List<Elements> terms = new ArrayList<>();
    List<Double> weights = new ArrayList<>();
    for (Delta.Term term : node.terms()) {
      Elements delta = lower(term.delta(), before);
      OptionalDouble weight = lowering.number(term.coefficient());
      // NaN and infinity of a model without weight do not spread.
      if (delta != null && weight.isPresent() && weight.getAsDouble() != 0) {
        terms.add(scaled(delta, weight.getAsDouble()));
        weights.add(weight.getAsDouble());
      }
    }
    if (terms.isEmpty()) {
      return null;
    }
    return switch (node.election()) {
      case NONE -> total(terms, weights, node.normalise());
      case MASS -> elected(Elected.Vote.SUM, terms, weights, node.normalise());
      case COUNT -> elected(Elected.Vote.COUNT, terms, weights, node.normalise());
    };
  }

  private Elements total(List<Elements> terms, List<Double> weights, boolean normalise) {
    Elements sum = terms.getFirst();
    for (Elements term : terms.subList(1, terms.size())) {
      sum = new Elements.Binary(Operator.ADD, sum, term);
    }
    double weight = weights.stream().mapToDouble(Double::doubleValue).sum();
    return normalise && Math.abs(weight) >= LEAST_WEIGHT
        ? rounding.step(
            new Elements.WithScalar(Operator.DIVIDE, rounding.step(sum), rounding.step(weight)))
        : rounding.step(sum);
  }

  private Elements elected(
      Elected.Vote vote, List<Elements> terms, List<Double> weights, boolean normalise) {
    List<Scalar> numbers = weights.stream().map(rounding::step).toList();
    Scalar even = Scalar.constant(0);
    if (!normalise) {
      return rounding.step(new Elected(terms, numbers, vote, even, Elected.Take.SUM));
    }
    return rounding.isOn()
        ? rounding.step(
            new Elements.Binary(
                Operator.DIVIDE,
                rounding.step(new Elected(terms, numbers, vote, even, Elected.Take.SUM)),
                rounding.step(new Elected(terms, numbers, vote, even, Elected.Take.WEIGHT))))
        : new Elected(terms, numbers, vote, even, Elected.Take.MEAN);
  }

  private Elements scaled(Elements delta, double weight) {
    return weight == 1
        ? delta
        : rounding.step(new Elements.WithScalar(Operator.MULTIPLY, delta, rounding.step(weight)));
  }
}
