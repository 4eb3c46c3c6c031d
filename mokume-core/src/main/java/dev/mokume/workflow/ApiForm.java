package dev.mokume.workflow;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// The form that ComfyUI runs: `{"3": {"class_type": ..., "inputs": {name: value}}}`. A list of a
/// node's id and an output's number is a link; a list that is a value stands in `__value__`.
final class ApiForm {
  private static final String WRAPPED = "__value__";
  private static final int SHOWN = 5;

  private ApiForm() {}

  /// Whether this can be nothing else: an object of objects of which one says its class.
  static boolean recognises(JsonNode json) {
    if (!json.isObject()) {
      return false;
    }
    for (var entry : json.properties()) {
      if (entry.getValue().isObject() && entry.getValue().has("class_type")) {
        return true;
      }
    }
    return false;
  }

  static SequencedMap<String, Node> nodes(String file, JsonNode json) {
    if (json.size() > Limits.MOST_NODES) {
      throw CanvasReader.tooManyNodes(file);
    }
    SequencedMap<String, Node> nodes = new LinkedHashMap<>();
    List<Problem> problems = new ArrayList<>();
    for (var entry : json.properties()) {
      Optional<String> problem = problem(entry.getValue());
      if (problem.isEmpty()) {
        nodes.put(entry.getKey(), node(entry.getKey(), entry.getValue()));
      } else if (problems.size() < SHOWN) {
        problems.add(
            new Problem(
                ErrorCode.INVALID_RECIPE,
                file + ": node " + Quoted.name(entry.getKey()) + " " + problem.get()));
      }
    }
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    return nodes;
  }

  private static Optional<String> problem(JsonNode node) {
    if (!node.isObject()) {
      return Optional.of("is not an object with 'class_type' and 'inputs'; export it again.");
    }
    JsonNode type = node.get("class_type");
    if (type == null || !type.isString()) {
      return Optional.of("has no 'class_type', the name of what it does; export it again.");
    }
    JsonNode inputs = node.get("inputs");
    return inputs == null || inputs.isObject()
        ? Optional.empty()
        : Optional.of("has 'inputs' that are not an object of values by name; export it again.");
  }

  private static Node node(String id, JsonNode json) {
    String type = json.path("class_type").stringValue();
    SequencedMap<String, Input> inputs = new LinkedHashMap<>();
    for (var input : json.path("inputs").properties()) {
      inputs.put(input.getKey(), input(input.getValue()));
    }
    return new Node(id, type, CanvasReader.text(json.path("_meta"), "title", type), inputs);
  }

  private static Input input(JsonNode value) {
    if (value.isArray() && value.size() == 2) {
      JsonNode node = value.path(0);
      JsonNode slot = value.path(1);
      if (node.isString() && slot.isNumber() && slot.canConvertToInt()) {
        return new Input.Link(node.stringValue(), slot.intValue());
      }
    }
    return new Input.Literal(unwrapped(value));
  }

  static JsonNode unwrapped(JsonNode value) {
    JsonNode list = value.isObject() && value.size() == 1 ? value.get(WRAPPED) : null;
    return list != null && list.isArray() ? list : value;
  }

  static JsonNode json(Workflow workflow) {
    var factory = JsonNodeFactory.instance;
    var json = factory.objectNode();
    for (Node node : workflow.nodes().values()) {
      var inputs = factory.objectNode();
      node.inputs().forEach((name, input) -> inputs.set(name, json(input)));
      var form = json.putObject(node.id());
      form.set("inputs", inputs);
      form.put("class_type", node.type());
      if (!node.title().equals(node.type())) {
        form.putObject("_meta").put("title", node.title());
      }
    }
    return json;
  }

  private static JsonNode json(Input input) {
    var factory = JsonNodeFactory.instance;
    return switch (input) {
      case Input.Link(String node, int slot) -> factory.arrayNode().add(node).add(slot);
      case Input.Literal(JsonNode value) ->
          value.isArray() ? factory.objectNode().set(WRAPPED, value) : value;
    };
  }
}
