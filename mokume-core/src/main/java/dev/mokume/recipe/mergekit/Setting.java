package dev.mokume.recipe.mergekit;

import java.util.List;
import java.util.Optional;

/// A parameter as a config has it: one value, or one that depends on the depth and on a tensor's
/// name.
sealed interface Setting {
  record Constant(Value value) implements Setting {}

  /// Numbers at equal distances from the first layer to the last, joined by straight lines.
  record Gradient(List<Double> numbers) implements Setting {
    public Gradient {
      numbers = List.copyOf(numbers);
    }
  }

  /// Values of which each is for as many layers as the others.
  record Steps(List<Value> values) implements Setting {
    public Steps {
      values = List.copyOf(values);
    }
  }

  /// The first rule that fits counts.
  record Filtered(List<Rule> rules) implements Setting {
    public Filtered {
      rules = List.copyOf(rules);
    }
  }

  /// @param filter a part of the tensor's name; nothing for every tensor
  record Rule(Optional<String> filter, Setting setting) {
    boolean fits(String tensor) {
      return filter.isEmpty() || tensor.contains(filter.get());
    }
  }

  /// The value for a tensor; nothing if no rule fits it.
  ///
  /// @param t how deep the tensor's layer is, from 0 to 1
  default Optional<Value> at(String tensor, double t) {
    return switch (this) {
      case Constant(var value) -> Optional.of(value);
      case Gradient(var numbers) -> Optional.of(new Value.Real(between(numbers, t)));
      case Steps(var values) -> Optional.of(values.get((int) (t * (values.size() - 1))));
      case Filtered(var rules) ->
          rules.stream()
              .filter(rule -> rule.fits(tensor))
              .findFirst()
              .flatMap(rule -> rule.setting().at(tensor, t));
    };
  }

  private static double between(List<Double> numbers, double t) {
    double x = t * (numbers.size() - 1);
    int below = (int) x;
    int above = Math.min(numbers.size() - 1, below + 1);
    double share = x - below;
    return (1 - share) * numbers.get(below) + share * numbers.get(above);
  }
}
