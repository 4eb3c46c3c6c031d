package dev.mokume.method;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Quoted;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Gram;
import dev.mokume.expression.Scalar;
import dev.mokume.recipe.Quantity;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Models merged by the Gram matrices of their linear layers' inputs; the weighted mean where there
/// is none. A model that lacks a tensor, or whose weight for it is 0, plays no part in it.
final class RegressionMeans {
  private final Lowering lowering;

  /// Nodes whose statistics were compared with the model.
  private final Set<Weights.RegMean> compared = Collections.newSetFromMap(new IdentityHashMap<>());

  /// Matrices that no statistics file knows.
  private final SequencedSet<String> averaged = new LinkedHashSet<>();

  RegressionMeans(Lowering lowering) {
    this.lowering = lowering;
  }

  /// A model that has the tensor at hand, its weight, and its Gram matrix if there is one.
  private record Part(
      Weights.Observed observed, Elements model, double weight, Optional<StoredTensor> gram) {}

  Optional<Elements> lower(Weights.RegMean node) {
    if (compared.add(node)) {
      node.models().forEach(this::requireKnown);
    }
    List<Part> parts = new ArrayList<>();
    Optional<Elements> first = Optional.empty();
    for (Weights.Observed observed : node.models()) {
      Optional<Elements> model = lowering.here(observed.model());
      OptionalDouble weight = lowering.number(observed.coefficient());
      first = first.or(() -> model);
      if (model.isPresent() && weight.isPresent()) {
        requireWeight(weight.getAsDouble());
        if (weight.getAsDouble() > 0) {
          parts.add(new Part(observed, model.get(), weight.getAsDouble(), gram(observed)));
        }
      }
    }
    if (parts.size() < 2) {
      return parts.isEmpty() ? first : Optional.of(parts.getFirst().model());
    }
    boolean none = parts.stream().allMatch(part -> part.gram().isEmpty());
    if (none) {
      if (lowering.target().shape().rank() == 2) {
        averaged.add(lowering.target().name());
      }
      return Optional.of(mean(parts));
    }
    OptionalDouble offDiagonal = lowering.number(Quantity.OFF_DIAGONAL, node.offDiagonal());
    return offDiagonal.isEmpty() ? first : Optional.of(solved(offDiagonal.getAsDouble(), parts));
  }

  private void requireWeight(double weight) {
    if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "regmean is given a weight of %s for tensor '%s', but it must not be negative: it is how much a model's inputs count."
              .formatted(weight, lowering.target().name()));
    }
  }

  private Checkpoint statistics(Weights.Observed observed) {
    String name = observed.statistics().model();
    Checkpoint statistics = lowering.models().get(name);
    if (statistics == null) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE, "regmean names statistics '" + name + "', which is no model.");
    }
    return statistics;
  }

  private Optional<StoredTensor> gram(Weights.Observed observed) {
    return Optional.ofNullable(statistics(observed).tensors().get(lowering.target().name()));
  }

  /// Every Gram matrix must be of a tensor that is merged, or its name is a slip.
  private void requireKnown(Weights.Observed observed) {
    Checkpoint statistics = statistics(observed);
    List<TensorSpec> model = lowering.model();
    Set<String> names = new LinkedHashSet<>();
    model.forEach(spec -> names.add(spec.name()));
    List<String> unknown =
        statistics.tensors().keySet().stream()
            .filter(name -> !names.contains(name) && !lowering.isTarget(name))
            .toList();
    if (!unknown.isEmpty()) {
      lowering.problem(
          ErrorCode.MISMATCHED_INPUTS,
          "%s has %s of tensors that the model lacks, first of %s%s. Name each after the weight of its layer, and gather them on this model."
              .formatted(
                  statistics.name(),
                  Amount.count(unknown.size(), "Gram matrix", "Gram matrices"),
                  Quoted.name(unknown.getFirst()),
                  Nearest.to(unknown.getFirst(), names)
                      .map(near -> " (did you mean " + Quoted.name(near) + "?)")
                      .orElse("")));
    } else if (statistics.tensors().keySet().stream().noneMatch(names::contains)) {
      lowering.problem(
          ErrorCode.MISMATCHED_INPUTS,
          statistics.name()
              + " has no Gram matrix of any tensor that is merged. Give it one for each linear"
              + " layer, named after the layer's weight.");
    }
  }

  private Elements mean(List<Part> parts) {
    @Nullable Elements sum = null;
    double weights = 0;
    for (Part part : parts) {
      Elements term =
          part.weight() == 1
              ? part.model()
              : new Elements.WithScalar(
                  Operator.MULTIPLY, part.model(), Scalar.constant(part.weight()));
      sum = sum == null ? term : new Elements.Binary(Operator.ADD, sum, term);
      weights += part.weight();
    }
    return new Elements.WithScalar(
        Operator.DIVIDE, Objects.requireNonNull(sum), Scalar.constant(weights));
  }

  private Elements solved(double offDiagonal, List<Part> parts) {
    TensorSpec target = lowering.target();
    Shape shape = target.shape();
    if (shape.rank() != 2) {
      throw new MokumeException(
          ErrorCode.MISMATCHED_INPUTS,
          "%s has a Gram matrix of '%s', which has shape %s, but only a linear layer's weight, of shape [outputs, inputs], is solved for. Leave that one out of the statistics."
              .formatted(withGram(parts), target.name(), shape));
    }
    long columns = shape.dimension(1);
    List<Gram> grams = new ArrayList<>();
    for (Part part : parts) {
      String file = statistics(part.observed()).name();
      StoredTensor gram =
          part.gram()
              .orElseThrow(() ->
                  new MokumeException(
                      ErrorCode.MISMATCHED_INPUTS,
                      "%s has no Gram matrix of '%s', but %s has one. Give each model's statistics the same layers; a layer that none of them has is averaged."
                          .formatted(file, target.name(), withGram(parts))));
      if (!gram.spec().shape().equals(Shape.of(columns, columns))) {
        throw new MokumeException(
            ErrorCode.MISMATCHED_INPUTS,
            "%s: the Gram matrix of '%s' has shape %s, but the weight has %s, so that [%s, %s] was expected: X' X of the layer's inputs X. Gather the statistics on this model."
                .formatted(file, target.name(), gram.spec().shape(), shape, columns, columns));
      }
      if (gram.spec().dtype().bytes().isEmpty() || !gram.spec().dtype().isBlendable()) {
        throw new MokumeException(
            ErrorCode.MISMATCHED_INPUTS,
            "%s: the Gram matrix of '%s' is stored as %s. Store it as F32, BF16 or F16."
                .formatted(file, target.name(), gram.spec().dtype()));
      }
      grams.add(new Gram(gram, part.weight()));
    }
    return new Elements.Regressed(
        parts.stream().map(Part::model).toList(),
        grams,
        offDiagonal,
        Math.toIntExact(shape.dimension(0)),
        Math.toIntExact(columns));
  }

  private String withGram(List<Part> parts) {
    return parts.stream()
        .filter(part -> part.gram().isPresent())
        .findFirst()
        .map(part -> statistics(part.observed()).name())
        .orElseThrow();
  }

  /// What the user should know.
  List<String> notes() {
    return averaged.isEmpty()
        ? List.of()
        : List.of(
            "regmean averages %s that no statistics have a Gram matrix of: %s%s."
                .formatted(
                    Amount.count(averaged.size(), "matrix", "matrices"),
                    Quoted.name(averaged.getFirst()),
                    averaged.size() == 1 ? "" : " and others"));
  }
}
