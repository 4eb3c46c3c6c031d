package dev.mokume.method;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Function;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Scalar.Reduction;
import dev.mokume.recipe.Quantity;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// Means of models that are weighted by their Fisher information. A model that lacks a tensor plays
/// no part in it; information that lacks one which its model has is refused.
final class FisherMeans {
  /// Added to a norm that is divided by. Source: MergeLM.
  private static final double LEAST_NORM = 1e-6;

  private final Lowering lowering;
  private final Map<Object, Map<Weights.Informed, Scalar>> norms = new IdentityHashMap<>();

  FisherMeans(Lowering lowering) {
    this.lowering = lowering;
  }

  Optional<Elements> lower(Weights.Fisher node) {
    OptionalDouble minimum = lowering.number(Quantity.MINIMUM, node.minimum());
    if (minimum.isEmpty()) {
      return lowering.here(node.models().getFirst().model());
    }
    List<Elements> weights = new ArrayList<>();
    List<Elements> products = new ArrayList<>();
    List<Elements> models = new ArrayList<>();
    for (Weights.Informed informed : node.models()) {
      Optional<Elements> model = lowering.here(informed.model());
      OptionalDouble coefficient = lowering.number(informed.coefficient());
      if (model.isPresent() && coefficient.isPresent()) {
        Elements raised =
            new Elements.WithScalar(
                Operator.ADD, information(informed), Scalar.constant(minimum.getAsDouble()));
        Scalar factor = factor(node, informed, coefficient.getAsDouble());
        Elements weight = new Elements.WithScalar(Operator.MULTIPLY, raised, factor);
        models.add(model.get());
        weights.add(weight);
        products.add(new Elements.Binary(Operator.MULTIPLY, weight, model.get()));
      }
    }
    if (models.size() < 2) {
      return models.stream().findFirst();
    }
    return Optional.of(new Elements.Binary(Operator.DIVIDE, sum(products), sum(weights)));
  }

  private Elements information(Weights.Informed informed) {
    return lowering
        .here(informed.information())
        .orElseThrow(() ->
            new MokumeException(
                ErrorCode.MISMATCHED_INPUTS,
                "the Fisher information of a model has no tensor '%s' of shape %s, which the model has. Give it one for each tensor that is merged, or leave the tensor out with exclude."
                    .formatted(lowering.target().name(), lowering.target().shape())));
  }

  private static Elements sum(List<Elements> terms) {
    Elements sum = terms.getFirst();
    for (Elements term : terms.subList(1, terms.size())) {
      sum = new Elements.Binary(Operator.ADD, sum, term);
    }
    return sum;
  }

  private Scalar factor(Weights.Fisher node, Weights.Informed informed, double coefficient) {
    if (!node.normalise()) {
      return Scalar.constant(coefficient);
    }
    Map<Weights.Informed, Scalar> ofModel =
        norms.computeIfAbsent(lowering.root(), _ -> new IdentityHashMap<>());
    Scalar norm = ofModel.get(informed);
    if (norm == null) {
      norm = norm(informed);
      ofModel.put(informed, norm);
    }
    return computed(
        Function.DIVIDE,
        Scalar.constant(coefficient),
        computed(Function.ADD, norm, Scalar.constant(LEAST_NORM)));
  }

  /// The Euclidean norm of all of a model's information, measured before.
  private Scalar norm(Weights.Informed informed) {
    Scalar squares = Scalar.constant(0);
    for (TensorSpec spec : lowering.model()) {
      Optional<Elements> part = lowering.aside(spec, () -> lowering.here(informed.information()));
      if (part.isPresent()) {
        Scalar ofTensor = new Scalar.Statistic(Reduction.SUM_OF_SQUARES, part.get());
        squares = computed(Function.ADD, squares, new Scalar.Measured(ofTensor));
      }
    }
    return computed(Function.SQUARE_ROOT, squares);
  }

  private static Scalar computed(Function function, Scalar... arguments) {
    return new Scalar.Computed(function, List.of(arguments));
  }
}
