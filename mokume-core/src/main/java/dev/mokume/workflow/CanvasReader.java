package dev.mokume.workflow;

import dev.mokume.error.Amount;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads drawings from the editor's JSON. Versions 0.4 and 1 differ in how a link is written; both
/// ways are taken everywhere. Reroutes of version 1 that belong to a link only bend it: the link
/// already names its two ends.
final class CanvasReader {
  private final String file;

  CanvasReader(String file) {
    this.file = file;
  }

  /// @param name of the subgraph, or nothing for the whole workflow
  Canvas read(JsonNode json, String name) {
    SequencedMap<String, Canvas.Box> nodes = new LinkedHashMap<>();
    for (JsonNode node : list(json, "nodes")) {
      if (nodes.size() == Limits.MOST_NODES) {
        throw tooManyNodes(file);
      }
      Canvas.Box box = box(node);
      if (nodes.put(box.id(), box) != null) {
        throw malformed("two nodes have the id " + Quoted.name(box.id()));
      }
    }
    Map<String, Canvas.Wire> links = new LinkedHashMap<>();
    Map<Integer, Canvas.Wire> outputs = new LinkedHashMap<>();
    for (JsonNode link : list(json, "links")) {
      readLink(link, links, outputs);
    }
    List<String> inputs = new ArrayList<>();
    for (JsonNode input : list(json, "inputs")) {
      inputs.add(text(input, "name", ""));
    }
    return new Canvas(name, nodes, links, inputs, outputs);
  }

  private Canvas.Box box(JsonNode node) {
    String id = scalar(node.get("id"));
    if (id == null) {
      throw malformed("a node of the canvas has no id");
    }
    if (id.length() > Limits.LONGEST_ID) {
      throw malformed(
          "a node of the canvas has an id of more than " + Limits.LONGEST_ID + " characters");
    }
    return box(node, id);
  }

  Canvas.Box box(JsonNode node, String id) {
    JsonNode type = node.get("type");
    if (type == null || !type.isString()) {
      throw malformed("node " + Quoted.name(id) + " of the canvas has no type");
    }
    List<Canvas.Socket> inputs = new ArrayList<>();
    for (JsonNode input : list(node, "inputs")) {
      JsonNode widget = input.path("widget").get("name");
      inputs.add(
          new Canvas.Socket(
              text(input, "name", ""),
              SlotType.of(input.get("type")),
              scalar(input.get("link")),
              widget != null && widget.isString() ? widget.stringValue() : null));
    }
    if (inputs.size() > Limits.MOST_SLOTS) {
      throw malformed(
          "node "
              + Quoted.name(id)
              + " of the canvas has more than "
              + Amount.count(Limits.MOST_SLOTS)
              + " inputs");
    }
    List<SlotType> outputs = new ArrayList<>();
    for (JsonNode output : list(node, "outputs")) {
      outputs.add(SlotType.of(output.get("type")));
    }
    String typeName = type.stringValue();
    JsonNode mode = node.get("mode");
    return new Canvas.Box(
        id,
        typeName,
        text(node, "title", typeName),
        Canvas.Mode.of(mode != null && mode.isIntegralNumber() ? mode.intValue() : 0),
        inputs,
        outputs,
        promoted(node, inputs),
        node.get("widgets_values"));
  }

  /// Newer editors list what an instance shows of its inner widgets, `-1` for one that is an input
  /// of its own; older ones have a value for each input with a widget.
  private static List<String> promoted(JsonNode node, List<Canvas.Socket> inputs) {
    List<String> names = new ArrayList<>();
    for (JsonNode shown : list(node.path("properties"), "proxyWidgets")) {
      boolean own = "-1".equals(scalar(shown.get(0)));
      String name = own ? scalar(shown.get(1)) : null;
      names.add(name == null ? "" : name);
    }
    if (names.isEmpty()) {
      inputs.stream().filter(i -> i.widget() != null).forEach(i -> names.add(i.name()));
    }
    return names;
  }

  /// `[id, from, slot, to, slot, type]`, or an object; `null` where old editors removed one.
  private static void readLink(
      JsonNode link, Map<String, Canvas.Wire> links, Map<Integer, Canvas.Wire> outputs) {
    boolean row = link.isArray();
    String id = scalar(row ? link.get(0) : link.get("id"));
    String from = scalar(row ? link.get(1) : link.get("origin_id"));
    JsonNode slot = row ? link.get(2) : link.get("origin_slot");
    String to = scalar(row ? link.get(3) : link.get("target_id"));
    JsonNode toSlot = row ? link.get(4) : link.get("target_slot");
    if (id == null || from == null || slot == null || !slot.canConvertToInt()) {
      return;
    }
    Canvas.Wire wire = new Canvas.Wire(from, slot.intValue());
    links.put(id, wire);
    if (Canvas.OUTPUTS.equals(to) && toSlot != null && toSlot.canConvertToInt()) {
      outputs.putIfAbsent(toSlot.intValue(), wire);
    }
  }

  /// The elements of a list that may be missing; `null` among them is left out.
  static List<JsonNode> list(JsonNode json, String name) {
    List<JsonNode> elements = new ArrayList<>();
    JsonNode list = json.get(name);
    if (list != null && list.isArray()) {
      for (JsonNode element : list) {
        if (!element.isNull()) {
          elements.add(element);
        }
      }
    }
    return elements;
  }

  /// An id: editors write a number or a text.
  static @Nullable String scalar(@Nullable JsonNode json) {
    return json != null && (json.isString() || json.isIntegralNumber()) ? json.asString() : null;
  }

  static String text(JsonNode json, String name, String otherwise) {
    JsonNode text = json.get(name);
    return text != null && text.isString() && !text.stringValue().isEmpty()
        ? text.stringValue()
        : otherwise;
  }

  static MokumeException tooManyNodes(String file) {
    return Malformed.workflow(
        file,
        "the workflow has more than "
            + Amount.count(Limits.MOST_NODES)
            + " nodes, its subgraphs laid out: the most that Mokume reads.");
  }

  private MokumeException malformed(String problem) {
    return Malformed.workflow(file, problem + ": save it from the editor again.");
  }
}
