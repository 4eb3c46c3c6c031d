package dev.mokume.method;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.expression.Elements;
import dev.mokume.recipe.AngleRule;
import dev.mokume.recipe.Quantity;
import dev.mokume.recipe.Quirk;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// Combinations of models by the angles between them, with the numbers that their rules have for
/// the tensor at hand.
final class AngleLowering {
  private final Lowering lowering;

  AngleLowering(Lowering lowering) {
    this.lowering = lowering;
  }

  /// @param first the base, or else the first model, as which a tensor stays that a model or a
  ///   number is missing for
  Elements lower(Weights.ByAngle node, Elements first) {
    Optional<GramRule> rule = gramRule(node.rule());
    Optional<List<Elements>> models = lowering.allHere(node.models());
    if (rule.isEmpty() || models.isEmpty()) {
      return first;
    }
    Optional<Elements> base = node.base().map(_ -> first);
    Optional<Elements> stepwise =
        lowering.compat().has(Quirk.STEPWISE_ROUNDING)
            ? StepwiseAngles.of(rule.get(), models.get(), base, node.vectors(), lowering.target())
            : Optional.empty();
    return stepwise.orElseGet(() ->
        AngleCombination.of(
            rule.get(), models.get(), base, node.vectors(), lowering.target().shape()));
  }

  /// The rule with its numbers for the tensor at hand; none if a ratio has no number for it.
  private Optional<GramRule> gramRule(AngleRule rule) {
    return switch (rule) {
      case AngleRule.Arc(var alpha, var parallel) -> {
        Optional<Shares> shares = lowering.shares(alpha);
        OptionalDouble limit = lowering.number(Quantity.PARALLEL, parallel);
        yield shares.isEmpty() || limit.isEmpty()
            ? Optional.empty()
            : Optional.of(new GramRule.Arc(shares.get().later(), limit.getAsDouble()));
      }
      case AngleRule.Mean(var weights, var normalized) ->
          numbers(weights).map(numbers -> new GramRule.Mean(weighing(numbers, normalized)));
      case AngleRule.Karcher(var iterations, var tolerance) -> {
        OptionalDouble steps = lowering.number(Quantity.STEPS, iterations);
        OptionalDouble end = lowering.number(Quantity.TOLERANCE, tolerance);
        yield steps.isEmpty() || end.isEmpty()
            ? Optional.empty()
            : Optional.of(new GramRule.Karcher((int) steps.getAsDouble(), end.getAsDouble()));
      }
      case AngleRule.Stock() -> Optional.of(new GramRule.Stock());
    };
  }

  /// A number for the tensor at hand of each ratio; none if one has none.
  private Optional<List<Double>> numbers(List<Ratio> ofRatios) {
    List<Double> numbers = new ArrayList<>();
    for (Ratio ratio : ofRatios) {
      lowering.number(ratio).ifPresent(numbers::add);
    }
    return numbers.size() < ofRatios.size() ? Optional.empty() : Optional.of(numbers);
  }

  private GramRule.Weighing weighing(List<Double> weights, boolean normalized) {
    double sum = weights.stream().mapToDouble(Double::doubleValue).sum();
    if (normalized && sum == 0) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "the weights "
              + weights
              + " of '"
              + lowering.target().name()
              + "' add up to 0, so they cannot be divided by their sum. Change them, or set"
              + " normalize: false.");
    }
    return new GramRule.Weighing(weights, normalized);
  }
}
