package dev.mokume.recipe.comfyui;

import java.util.List;
import java.util.Optional;

/// What a type of node tells about itself.
///
/// @param name what workflows call it, ComfyUI's `class_type`
/// @param title what editors show
/// @param category the editor's menu, parts separated by `/`
/// @param description a sentence or two for people
/// @param inputs in the order of the editor
/// @param outputs in order; their places are the slots of links
/// @param isOutput whether ComfyUI runs a workflow for its sake
/// @param pack the package of nodes that it belongs to
public record NodeType(
    String name,
    String title,
    String category,
    String description,
    List<InputSpec> inputs,
    List<OutputSpec> outputs,
    boolean isOutput,
    NodePack pack) {
  public NodeType {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /// The input of that name.
  public Optional<InputSpec> input(String wanted) {
    return inputs.stream().filter(input -> input.name().equals(wanted)).findFirst();
  }
}
