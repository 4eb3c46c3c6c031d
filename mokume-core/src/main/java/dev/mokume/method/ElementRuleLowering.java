package dev.mokume.method;

import dev.mokume.expression.Elements;
import dev.mokume.recipe.ElementRule;
import dev.mokume.recipe.Quantity;
import dev.mokume.recipe.Weights;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// Combinations of models element by element, with the numbers that their rules have for the tensor
/// at hand.
final class ElementRuleLowering {
  private final Lowering lowering;

  ElementRuleLowering(Lowering lowering) {
    this.lowering = lowering;
  }

  /// @param base as which a tensor stays that a model or a number is missing for
  Elements lower(Weights.ByElement node, Elements base) {
    Optional<List<Elements>> models = lowering.allHere(node.models());
    return models.isEmpty() ? base : combined(node.rule(), base, models.get()).orElse(base);
  }

  private Optional<Elements> combined(ElementRule rule, Elements base, List<Elements> models) {
    ElementCombination combination =
        new ElementCombination(base, models, lowering.target().shape(), lowering.compat());
    return switch (rule) {
      case ElementRule.NearSwap(var reach) -> {
        OptionalDouble number = lowering.number(Quantity.REACH, reach);
        yield number.isEmpty()
            ? Optional.empty()
            : Optional.of(combination.nearSwap(number.getAsDouble()));
      }
      case ElementRule.Overlap(var epsilon, var gain, var most) -> {
        OptionalDouble least = lowering.number(Quantity.EPSILON, epsilon);
        OptionalDouble growth = lowering.number(Quantity.GAIN, gain);
        OptionalDouble limit = lowering.number(Quantity.MOST, most);
        yield least.isEmpty() || growth.isEmpty() || limit.isEmpty()
            ? Optional.empty()
            : Optional.of(
                combination.overlap(
                    least.getAsDouble(), growth.getAsDouble(), limit.getAsDouble()));
      }
      case ElementRule.Variance(var density) -> {
        OptionalDouble number = lowering.number(Quantity.DENSITY, density);
        yield number.isEmpty()
            ? Optional.empty()
            : Optional.of(combination.variance(number.getAsDouble()));
      }
      case ElementRule.Importance() -> Optional.of(combination.importance());
    };
  }
}
