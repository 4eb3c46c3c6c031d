package dev.mokume.recipe.comfyui;

import java.util.List;

/// What a node gives.
///
/// @param outputs one value an output
/// @param words what it does, for people: `70 % photo + 30 % anime`
record Outcome(List<Value> outputs, String words) {
  Outcome {
    outputs = List.copyOf(outputs);
  }

  static Outcome of(Value output, String words) {
    return new Outcome(List.of(output), words);
  }
}
