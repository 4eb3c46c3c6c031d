package dev.mokume.method;

import dev.mokume.recipe.Weights;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/// Which weights a [Weights.Choice] has for a tensor, looked up by the beginnings of its name.
final class Choices {
  private final Map<Weights.Choice, Map<String, Weights>> tables = new IdentityHashMap<>();

  /// Of the case that names most of the tensor's segments; of two that name as many the first.
  Weights of(Weights.Choice choice, String tensor) {
    Map<String, Weights> table = tables.computeIfAbsent(choice, Choices::table);
    for (int end = tensor.length(); end > 0; end = tensor.lastIndexOf('.', end - 1)) {
      Weights found = table.get(tensor.substring(0, end));
      if (found != null) {
        return found;
      }
    }
    return choice.otherwise();
  }

  private static Map<String, Weights> table(Weights.Choice choice) {
    Map<String, Weights> table = new HashMap<>();
    for (Weights.Case one : choice.cases()) {
      one.tensors().forEach(name -> table.putIfAbsent(name, one.weights()));
    }
    return table;
  }
}
