package dev.mokume.recipe.comfyui;

import dev.mokume.recipe.comfyui.InputSpec.Presence;
import dev.mokume.recipe.comfyui.InputSpec.Trait;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Types of nodes as ComfyUI's `/object_info` describes them to editors.
public final class ObjectInfo {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final ModelFolders folders;

  /// @param folders whose files the combos list
  public ObjectInfo(ModelFolders folders) {
    this.folders = folders;
  }

  /// Each type by its name.
  public ObjectNode of(Collection<NodeType> types) {
    ObjectNode all = JSON.objectNode();
    types.forEach(type -> all.set(type.name(), of(type)));
    return all;
  }

  /// One type's entry.
  public ObjectNode of(NodeType type) {
    ObjectNode entry = JSON.objectNode();
    SequencedMap<String, ObjectNode> inputs = new LinkedHashMap<>();
    SequencedMap<String, ArrayNode> order = new LinkedHashMap<>();
    for (InputSpec input : type.inputs()) {
      if (input.presence() != Presence.HIDDEN) {
        String section = input.isRequired() ? "required" : "optional";
        inputs.computeIfAbsent(section, _ -> JSON.objectNode()).set(input.name(), input(input));
        order.computeIfAbsent(section, _ -> JSON.arrayNode()).add(input.name());
      }
    }
    inputs.computeIfAbsent("required", _ -> JSON.objectNode());
    ObjectNode sections = entry.putObject("input");
    inputs.forEach(sections::set);
    ObjectNode orders = entry.putObject("input_order");
    order.forEach(orders::set);
    ArrayNode types = entry.putArray("output");
    ArrayNode lists = entry.putArray("output_is_list");
    ArrayNode names = entry.putArray("output_name");
    for (OutputSpec output : type.outputs()) {
      types.add(output.type().name());
      lists.add(false);
      names.add(output.name());
    }
    entry.put("name", type.name());
    entry.put("display_name", type.title());
    entry.put("description", type.description());
    entry.put("python_module", type.pack().module());
    entry.put("category", type.category());
    entry.put("output_node", type.isOutput());
    return entry;
  }

  private ArrayNode input(InputSpec input) {
    ArrayNode pair = JSON.arrayNode();
    if (input.type() == ValueType.COMBO) {
      ArrayNode choices = pair.addArray();
      choices(input).forEach(choices::add);
    } else {
      pair.add(input.type().name());
    }
    ObjectNode options = JSON.objectNode();
    standard(input, options);
    input
        .bounds()
        .ifPresent(bounds -> {
          number(options, "min", bounds.min(), input.type());
          number(options, "max", bounds.max(), input.type());
          number(options, "step", bounds.step(), input.type());
        });
    if (input.traits().contains(Trait.MULTILINE)) {
      options.put("multiline", true);
    }
    if (input.traits().contains(Trait.CONTROLLED)) {
      options.put("control_after_generate", true);
    }
    if (!input.tooltip().isEmpty()) {
      options.put("tooltip", input.tooltip());
    }
    if (!options.isEmpty()) {
      pair.add(options);
    }
    return pair;
  }

  private List<String> choices(InputSpec input) {
    return input.folder().map(folders::list).orElse(input.choices());
  }

  private static void standard(InputSpec input, ObjectNode options) {
    switch (input.standard()) {
      case null -> {}
      case String text -> options.put("default", text);
      case Boolean flag -> options.put("default", flag);
      case Number number -> number(options, "default", number.doubleValue(), input.type());
      case Object other -> throw new AssertionError(other);
    }
  }

  private static void number(ObjectNode options, String name, double value, ValueType type) {
    if (type == ValueType.INT) {
      options.put(name, (long) value);
    } else {
      options.put(name, value);
    }
  }
}
