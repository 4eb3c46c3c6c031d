package dev.mokume.recipe.mergekit;

import dev.mokume.recipe.Weights;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// What a method makes a tensor of: models and numbers. Tensors of the same mix are made by the
/// same expression.
///
/// @param inputs in the order of the config
/// @param values parameters of the method, those that are given
record Mix(List<Input> inputs, SequencedMap<String, Value> values) {
  Mix {
    inputs = List.copyOf(inputs);
  }

  /// @param name what the config calls it, for messages
  /// @param values parameters of the model, those that are given
  record Input(String name, Weights weights, boolean isBase, SequencedMap<String, Value> values) {
    double real(String parameter, double otherwise) {
      return values.get(parameter) instanceof Value.Real(double value) ? value : otherwise;
    }
  }

  Optional<Input> base() {
    return inputs.stream().filter(Input::isBase).findFirst();
  }

  List<Input> others() {
    return inputs.stream().filter(input -> !input.isBase()).toList();
  }

  double real(String parameter, double otherwise) {
    return values.get(parameter) instanceof Value.Real(double value) ? value : otherwise;
  }

  boolean flag(String parameter, boolean otherwise) {
    return values.get(parameter) instanceof Value.Flag(boolean value) ? value : otherwise;
  }
}
