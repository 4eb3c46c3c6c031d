package dev.mokume.recipe.comfyui;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Recipe;
import dev.mokume.workflow.Input;
import dev.mokume.workflow.Node;
import dev.mokume.workflow.Workflow;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// The nodes of a graph that is being made of a recipe, each behind those that it needs. What has a
/// name in the recipe is one node, titled so.
final class GraphBuilder {
  private final Recipe recipe;
  private final SequencedMap<String, Node> nodes = new LinkedHashMap<>();

  /// What has a node already: a named part by its kind and name, or a loader by its file.
  private final Map<String, Input.Link> known = new HashMap<>();

  /// The named parts that are being made.
  private final Set<String> open = new LinkedHashSet<>();

  private String place = "output";

  GraphBuilder(Recipe recipe) {
    this.recipe = recipe;
  }

  /// The inputs of a node in the order of the editor.
  static final class Inputs {
    private final SequencedMap<String, Input> inputs = new LinkedHashMap<>();

    Inputs link(String name, Input.Link link) {
      inputs.put(name, link);
      return this;
    }

    Inputs number(String name, double value) {
      inputs.put(name, new Input.Literal(JsonNodeFactory.instance.numberNode(value)));
      return this;
    }

    Inputs numbers(Map<String, Double> values) {
      values.forEach(this::number);
      return this;
    }

    Inputs whole(String name, long value) {
      inputs.put(name, new Input.Literal(JsonNodeFactory.instance.numberNode(value)));
      return this;
    }

    Inputs flag(String name, boolean value) {
      inputs.put(name, new Input.Literal(JsonNodeFactory.instance.booleanNode(value)));
      return this;
    }

    Inputs text(String name, String value) {
      inputs.put(name, new Input.Literal(JsonNodeFactory.instance.stringNode(value)));
      return this;
    }
  }

  Workflow workflow() {
    return new Workflow(nodes, Optional.empty());
  }

  /// What is made from here on belongs to that part of the recipe.
  void enter(String part) {
    place = part;
  }

  MokumeException refused(String problem) {
    return refused(place, problem);
  }

  MokumeException refused(String part, String problem) {
    return new MokumeException(
        ErrorCode.INVALID_RECIPE,
        "the recipe cannot be a graph of nodes: " + part + ": " + problem + ".");
  }

  static String id(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /// The node that makes a named part.
  <T> Input.Link named(
      String section, String name, Map<String, T> parts, Function<T, Input.Link> make) {
    String key = section + " '" + name + "'";
    Input.Link link = known.get(key);
    if (link != null) {
      return link;
    }
    T part = parts.get(name);
    if (part == null || !open.add(key)) {
      throw refused(part == null ? key + " is not there" : key + " is made from itself");
    }
    String outer = place;
    place = key;
    link = make.apply(part);
    place = outer;
    open.remove(key);
    known.put(key, link);
    Node node = Objects.requireNonNull(nodes.get(link.node()));
    if (node.title().equals(node.type()) && !isLoader(node)) {
      nodes.put(node.id(), new Node(node.id(), node.type(), name, node.inputs()));
    }
    return link;
  }

  private static boolean isLoader(Node node) {
    return node.type().contains("Loader");
  }

  /// A node of that class; its first output.
  ///
  /// @throws MokumeException if a value is not one that the node takes
  Input.Link add(String type, Inputs inputs) {
    return add(type, type, inputs);
  }

  Input.Link add(String type, String title, Inputs inputs) {
    NodeType definition = NodeRegistry.all().type(type).orElseThrow();
    inputs.inputs.forEach((name, input) -> {
      if (input instanceof Input.Literal(var value)) {
        check(definition, definition.input(name).orElseThrow(), value);
      }
    });
    String id = String.valueOf(nodes.size() + 1);
    nodes.put(id, new Node(id, type, title, inputs.inputs));
    return new Input.Link(id, 0);
  }

  private void check(NodeType type, InputSpec spec, JsonNode value) {
    spec.bounds()
        .filter(
            bounds -> !(value.doubleValue() >= bounds.min() && value.doubleValue() <= bounds.max()))
        .ifPresent(bounds -> {
          throw refused(
              "%s takes %s from %s to %s, and here it would be %s"
                  .formatted(
                      type.name(),
                      spec.name(),
                      Words.number(bounds.min()),
                      Words.number(bounds.max()),
                      Words.number(value.doubleValue())));
        });
    if (!spec.choices().isEmpty() && !spec.choices().contains(value.stringValue())) {
      throw refused(
          "%s has no %s '%s'; it has %s"
              .formatted(
                  type.name(),
                  spec.name(),
                  value.stringValue(),
                  String.join(", ", spec.choices())));
    }
  }

  /// What a node of ComfyUI calls a file that lies in a folder of its own.
  static String fileName(Path file) {
    Path name = Objects.requireNonNullElse(file.getFileName(), file);
    for (int i = file.getNameCount() - 2; i >= 0; i--) {
      if (ModelFolder.of(file.getName(i).toString()).isPresent()) {
        name = file.subpath(i + 1, file.getNameCount());
        break;
      }
    }
    return name.toString().replace('\\', '/');
  }

  /// The output of that type of the node that loads a model. Which node that is, and how it calls
  /// the file, follows from the folder that the file lies in.
  Input.Link load(String model, ValueType type) {
    Path file = recipe.models().get(model);
    if (file == null) {
      throw refused("there is no model '" + model + "'");
    }
    ModelFolder folder = ModelFolder.CHECKPOINTS;
    Path name = Objects.requireNonNullElse(file.getFileName(), file);
    for (int i = file.getNameCount() - 2; i >= 0; i--) {
      Optional<ModelFolder> known = ModelFolder.of(file.getName(i).toString());
      if (known.isPresent()) {
        folder = known.get();
        name = file.subpath(i + 1, file.getNameCount());
        break;
      }
    }
    String text = name.toString().replace('\\', '/');
    return switch (folder) {
      case CHECKPOINTS ->
          loader("CheckpointLoaderSimple", "ckpt_name", text, new Inputs(), slot(type));
      case DIFFUSION_MODELS ->
          loader(
              wanted(model, type, ValueType.MODEL, "UNETLoader"),
              "unet_name",
              text,
              new Inputs().text("weight_dtype", "default"),
              0);
      case TEXT_ENCODERS ->
          loader(
              wanted(model, type, ValueType.CLIP, "CLIPLoader"),
              "clip_name",
              text,
              new Inputs().text("type", "stable_diffusion"),
              0);
      case VAE ->
          loader(
              wanted(model, type, ValueType.VAE, "VAELoader"), "vae_name", text, new Inputs(), 0);
      case LORAS, MASKS, GRADIENTS ->
          throw refused("no node loads the model '" + model + "' from its folder");
    };
  }

  private static int slot(ValueType type) {
    return type == ValueType.MODEL ? 0 : type == ValueType.CLIP ? 1 : 2;
  }

  private String wanted(String model, ValueType type, ValueType given, String loader) {
    if (type != given) {
      throw refused(
          "the model '%s' lies in a folder from which %s gives %s, but %s is wanted"
              .formatted(model, loader, given, type));
    }
    return loader;
  }

  private Input.Link loader(String type, String input, String file, Inputs more, int slot) {
    Input.Link first = known.get(type + " " + file);
    if (first == null) {
      Inputs inputs = new Inputs().text(input, file);
      inputs.inputs.putAll(more.inputs);
      first = add(type, inputs);
      known.put(type + " " + file, first);
    }
    return new Input.Link(first.node(), slot);
  }
}
