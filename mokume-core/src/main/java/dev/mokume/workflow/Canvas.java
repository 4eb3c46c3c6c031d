package dev.mokume.workflow;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One drawing of the editor: the whole workflow's, or that of a subgraph.
///
/// @param name of the subgraph, for messages
/// @param nodes by id
/// @param links by id
/// @param inputs names of the drawing's own inputs, if it is a subgraph
/// @param outputs where each of the drawing's own outputs comes from, by number
record Canvas(
    String name,
    SequencedMap<String, Box> nodes,
    Map<String, Wire> links,
    List<String> inputs,
    Map<Integer, Wire> outputs) {
  /// In place of a node's id: the subgraph's own inputs.
  static final String INPUTS = "-10";

  /// In place of a node's id: the subgraph's own outputs.
  static final String OUTPUTS = "-20";

  Canvas {
    nodes = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(nodes));
    links = Map.copyOf(links);
    inputs = List.copyOf(inputs);
    outputs = Map.copyOf(outputs);
  }

  /// A link, seen from its target.
  ///
  /// @param node it comes from, or [#INPUTS]
  /// @param slot number of that node's output, or of the subgraph's input
  record Wire(String node, int slot) {}

  /// A node as drawn.
  ///
  /// @param promoted for an instance of a subgraph, the names of those of its inputs that have a
  ///   value in `values`, in its order; `""` for a value of another kind
  /// @param values what its widgets are set to: a row in the order of the type's definition, an
  ///   object by name, or nothing
  record Box(
      String id,
      String type,
      String title,
      Mode mode,
      List<Socket> inputs,
      List<SlotType> outputs,
      List<String> promoted,
      @Nullable JsonNode values) {
    Box {
      inputs = List.copyOf(inputs);
      outputs = List.copyOf(outputs);
      promoted = List.copyOf(promoted);
    }

    Kind kind() {
      return switch (type) {
        // rgthree's is as much a matter of the canvas as the editor's own.
        case "Reroute", "Reroute (rgthree)" -> Kind.REROUTE;
        case "SetNode" -> Kind.SETTER;
        case "GetNode" -> Kind.GETTER;
        case "PrimitiveNode" -> Kind.PRIMITIVE;
        case "Note", "MarkdownNote" -> Kind.NOTE;
        default -> Kind.NODE;
      };
    }

    /// What a setter calls its value, or a getter asks for; nothing if it says nothing.
    Optional<String> constant() {
      JsonNode value =
          values == null ? null : values.isArray() ? values.get(0) : values.get("Constant");
      return Optional.ofNullable(value)
          .filter(JsonNode::isString)
          .map(JsonNode::stringValue)
          .filter(name -> !name.isEmpty());
    }

    /// What the widget of an input of this instance of a subgraph is set to.
    Optional<JsonNode> promotedValue(String input) {
      if (values == null) {
        return Optional.empty();
      }
      JsonNode value = values.isArray() ? values.get(promoted.indexOf(input)) : values.get(input);
      return Optional.ofNullable(value).filter(v -> !v.isNull());
    }
  }

  /// @param link id of the link into it, if there is one
  /// @param widget name of the widget whose value it stands for, if it does
  record Socket(String name, SlotType type, @Nullable String link, @Nullable String widget) {}

  enum Kind {
    /// Something that runs, or an instance of a subgraph.
    NODE,
    /// Passes its one input on.
    REROUTE,
    /// Gives its one input a name, and passes it on.
    SETTER,
    /// Passes on what the setter of its name has, in its own drawing or in one around it.
    GETTER,
    /// Its value becomes that of the widgets it is linked to.
    PRIMITIVE,
    /// Text for people.
    NOTE
  }

  enum Mode {
    ACTIVE,
    /// Neither the node nor what it would give is there.
    MUTED,
    /// Its inputs go on as its outputs.
    BYPASSED;

    /// ComfyUI runs the modes 1 (on event) and 3 (on trigger) like 0.
    static Mode of(int number) {
      return switch (number) {
        case 2 -> MUTED;
        case 4 -> BYPASSED;
        default -> ACTIVE;
      };
    }
  }
}
