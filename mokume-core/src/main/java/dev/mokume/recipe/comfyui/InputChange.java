package dev.mokume.recipe.comfyui;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Quoted;
import dev.mokume.workflow.Input;
import dev.mokume.workflow.Node;
import dev.mokume.workflow.Workflow;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeSet;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/// A value that the user gives an input in place of what the workflow has there.
///
/// @param target the node, `.`, and the input's name, which may have dots itself
public record InputChange(String target, String value) {
  private static final String OPTION = "--set";

  /// `NODE.input=value`
  ///
  /// @throws MokumeException `INVALID_RECIPE` for any other form
  public static InputChange parse(String text) {
    int equals = text.indexOf('=');
    if (equals <= 0 || text.lastIndexOf('.', equals) <= 0) {
      throw invalid("'" + text + "' is not NODE.input=value; write --set 7.ratio=0.3");
    }
    return new InputChange(text.substring(0, equals), text.substring(equals + 1));
  }

  /// The workflow with that value.
  ///
  /// @throws MokumeException `INVALID_RECIPE` if it has no such node, or the node no such input
  public Workflow apply(Workflow workflow) {
    Node node = null;
    String input = "";
    // The input's name may have dots, as in `7.input_blocks.3`: the first node that fits is meant.
    for (int dot = target.indexOf('.');
        dot > 0 && node == null;
        dot = target.indexOf('.', dot + 1)) {
      node = NodeReference.lookUp(workflow, target.substring(0, dot), OPTION).orElse(null);
      input = target.substring(dot + 1);
    }
    if (node == null) {
      node = NodeReference.find(workflow, target.substring(0, target.lastIndexOf('.')), OPTION);
    }
    Optional<InputSpec> spec = NodeRegistry.all().type(node.type()).flatMap(named(input));
    if (spec.isEmpty() && !node.inputs().containsKey(input)) {
      throw unknownInput(node, input);
    }
    SequencedMap<String, Input> inputs = new LinkedHashMap<>(node.inputs());
    inputs.put(input, new Input.Literal(json(spec)));
    SequencedMap<String, Node> nodes = new LinkedHashMap<>(workflow.nodes());
    nodes.put(node.id(), new Node(node.id(), node.type(), node.title(), inputs));
    return new Workflow(nodes, workflow.canvas());
  }

  private static Function<NodeType, Optional<InputSpec>> named(String name) {
    return type -> type.input(name);
  }

  /// A text where the input takes texts; else what JSON makes of it, if it makes anything.
  private JsonNode json(Optional<InputSpec> spec) {
    boolean isText =
        spec.map(InputSpec::type)
            .filter(type -> type == ValueType.STRING || type == ValueType.COMBO)
            .isPresent();
    if (!isText) {
      try {
        JsonNode parsed = JsonMapper.shared().readTree(value);
        if (parsed.isNumber() || parsed.isBoolean()) {
          return parsed;
        }
      } catch (JacksonException e) {
        return JsonNodeFactory.instance.stringNode(value);
      }
    }
    return JsonNodeFactory.instance.stringNode(value);
  }

  private static MokumeException unknownInput(Node node, String input) {
    TreeSet<String> names = new TreeSet<>(node.inputs().keySet());
    NodeRegistry.all()
        .type(node.type())
        .ifPresent(type -> type.inputs().forEach(spec -> names.add(spec.name())));
    return invalid(
        "%s has no input %s%s"
            .formatted(
                NodeError.label(node),
                Quoted.name(input),
                Nearest.to(input, names)
                    .map(near -> "; did you mean " + Quoted.name(near) + "?")
                    .orElse("; it has " + String.join(", ", names))));
  }

  private static MokumeException invalid(String message) {
    return new MokumeException(
        ErrorCode.INVALID_RECIPE, OPTION + ": " + message + (message.endsWith("?") ? "" : "."));
  }
}
