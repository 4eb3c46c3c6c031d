package dev.mokume.recipe.comfyui;

/// One output of a node.
public record OutputSpec(ValueType type, String name) {
  static OutputSpec of(ValueType type) {
    return new OutputSpec(type, type.name());
  }
}
