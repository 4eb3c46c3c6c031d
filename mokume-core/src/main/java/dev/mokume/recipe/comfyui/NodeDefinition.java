package dev.mokume.recipe.comfyui;

import java.util.ArrayList;
import java.util.List;

/// A type of node and what Mokume makes of it: everything about it, in one place.
record NodeDefinition(NodeType type, Behaviour behaviour) {
  static Builder named(String name) {
    return new Builder(name);
  }

  /// The same node under an older name.
  NodeDefinition alias(String name) {
    return new NodeDefinition(
        new NodeType(
            name,
            type.title(),
            type.category(),
            type.description(),
            type.inputs(),
            type.outputs(),
            type.isOutput(),
            type.pack()),
        behaviour);
  }

  /// A definition that is being written; one of the last three methods ends it.
  static final class Builder {
    private final String name;
    private String title;
    private String category = "";
    private String description = "";
    private final List<InputSpec> inputs = new ArrayList<>();
    private final List<OutputSpec> outputs = new ArrayList<>();
    private NodePack pack = NodePack.COMFYUI;

    private Builder(String name) {
      this.name = name;
      this.title = name;
    }

    Builder title(String text) {
      title = text;
      return this;
    }

    Builder in(NodePack of, String menu) {
      pack = of;
      category = menu;
      return this;
    }

    Builder says(String text) {
      description = text;
      return this;
    }

    Builder takes(InputSpec... more) {
      return takes(List.of(more));
    }

    Builder takes(List<InputSpec> more) {
      inputs.addAll(more);
      return this;
    }

    Builder gives(ValueType... types) {
      for (ValueType type : types) {
        outputs.add(OutputSpec.of(type));
      }
      return this;
    }

    Builder gives(ValueType type, String label) {
      outputs.add(new OutputSpec(type, label));
      return this;
    }

    NodeDefinition does(Behaviour.Evaluates meaning) {
      return build(false, meaning);
    }

    /// A node that ComfyUI runs a workflow for, and that saves nothing by itself.
    NodeDefinition tells(Behaviour.Evaluates meaning) {
      return build(true, meaning);
    }

    NodeDefinition saves(Behaviour.Saves meaning) {
      return build(true, meaning);
    }

    private NodeDefinition build(boolean isOutput, Behaviour behaviour) {
      return new NodeDefinition(
          new NodeType(name, title, category, description, inputs, outputs, isOutput, pack),
          behaviour);
    }
  }
}
