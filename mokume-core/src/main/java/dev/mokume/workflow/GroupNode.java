package dev.mokume.workflow;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What people used before subgraphs: several nodes folded into one of type `workflow/NAME` or
/// `workflow>NAME`. The definition has the nodes without their outer links; the instance has one
/// row with the values of all of them. Together they become a drawing like that of a subgraph.
final class GroupNode {
  private static final List<String> PREFIXES = List.of("workflow/", "workflow>");

  private final WidgetCatalog catalog;
  private final JsonNode definition;
  private final Canvas.Box instance;

  /// By the number of a node, and of its input: the links inside.
  private final Map<End, Canvas.Wire> inner = new HashMap<>();

  private final Set<End> outputsUsedInside = new HashSet<>();
  private final Set<End> outputsUsedOutside = new HashSet<>();

  /// How often a name was given, by name.
  private final Map<String, Integer> given = new HashMap<>();

  private final WidgetValues.Row row;
  private final SequencedMap<String, Canvas.Box> nodes = new LinkedHashMap<>();
  private final Map<String, Canvas.Wire> links = new HashMap<>();
  private final List<String> inputs = new ArrayList<>();
  private final Map<Integer, Canvas.Wire> outputs = new HashMap<>();

  private record End(int node, int slot) {}

  private GroupNode(WidgetCatalog catalog, JsonNode definition, Canvas.Box instance) {
    this.catalog = catalog;
    this.definition = definition;
    this.instance = instance;
    this.row = new WidgetValues.Row(instance.values());
  }

  /// The name of the group that a node is an instance of.
  static Optional<String> name(String type) {
    return PREFIXES.stream()
        .filter(type::startsWith)
        .findFirst()
        .map(prefix -> type.substring(prefix.length()));
  }

  static Canvas lay(
      CanvasReader reader, WidgetCatalog catalog, JsonNode definition, Canvas.Box instance) {
    GroupNode group = new GroupNode(catalog, definition, instance);
    group.readLinks();
    JsonNode nodes = definition.path("nodes");
    for (int number = 0; number < nodes.size(); number++) {
      JsonNode node = nodes.path(number);
      group.lay(reader.box(node, Integer.toString(number)), number, node);
    }
    return new Canvas(instance.title(), group.nodes, group.links, group.inputs, group.outputs);
  }

  private void readLinks() {
    for (JsonNode link : CanvasReader.list(definition, "links")) {
      End from = end(link, 0);
      End to = end(link, 2);
      if (from != null && to != null) {
        inner.put(to, new Canvas.Wire(Integer.toString(from.node), from.slot));
        outputsUsedInside.add(from);
      }
    }
    for (JsonNode external : CanvasReader.list(definition, "external")) {
      End from = end(external, 0);
      if (from != null) {
        outputsUsedOutside.add(from);
      }
    }
  }

  private static @Nullable End end(JsonNode link, int at) {
    JsonNode node = link.get(at);
    JsonNode slot = link.get(at + 1);
    return node != null && slot != null && node.canConvertToInt() && slot.canConvertToInt()
        ? new End(node.intValue(), slot.intValue())
        : null;
  }

  private void lay(Canvas.Box box, int number, JsonNode json) {
    JsonNode custom = definition.path("config").path(Integer.toString(number));
    ObjectNode values = JsonNodeFactory.instance.objectNode();
    new WidgetValues(catalog).of(box).forEach(values::set);
    // The editor names the widgets first. Their sockets come behind the node's own, whose numbers
    // the links have.
    List<Canvas.Socket> shown = takeValues(box, json, custom, values);
    List<Canvas.Socket> sockets = new ArrayList<>();
    for (int slot = 0; slot < box.inputs().size(); slot++) {
      sockets.add(socket(box, json, new End(number, slot), custom));
    }
    sockets.addAll(shown);
    for (int slot = 0; slot < box.outputs().size(); slot++) {
      End end = new End(number, slot);
      boolean open = !outputsUsedInside.contains(end) || outputsUsedOutside.contains(end);
      JsonNode visible = custom.path("output").path(Integer.toString(slot)).path("visible");
      if (visible.isBoolean() ? visible.booleanValue() : open) {
        outputs.put(outputs.size(), new Canvas.Wire(box.id(), slot));
      }
    }
    nodes.put(
        box.id(),
        new Canvas.Box(
            box.id(),
            box.type(),
            box.title(),
            box.mode(),
            sockets,
            box.outputs(),
            box.promoted(),
            box.kind() == Canvas.Kind.PRIMITIVE ? primitiveRow(box, values) : values));
  }

  /// A primitive's values are a row, the first of which is what it gives.
  private static @Nullable JsonNode primitiveRow(Canvas.Box box, ObjectNode values) {
    JsonNode value = values.get("value");
    return value == null ? box.values() : JsonNodeFactory.instance.arrayNode().add(value);
  }

  /// Takes this node's part of the instance's row. Gives an input for each of its widgets that the
  /// instance has made one.
  private List<Canvas.Socket> takeValues(
      Canvas.Box box, JsonNode json, JsonNode custom, ObjectNode values) {
    List<Canvas.Socket> sockets = new ArrayList<>();
    Optional<List<WidgetCatalog.Widget>> widgets =
        box.kind() == Canvas.Kind.PRIMITIVE
            ? Optional.of(List.of(new WidgetCatalog.Widget("value", "*", true)))
            : catalog.widgets(box.type());
    if (widgets.isEmpty()) {
      // The node's own row is as long as its part of the instance's.
      row.skip(box.values() != null && box.values().isArray() ? box.values().size() : 0);
      return sockets;
    }
    for (WidgetCatalog.Widget widget : widgets.get()) {
      boolean isSocket = box.inputs().stream().anyMatch(i -> widget.name().equals(i.widget()));
      if (isSocket || isHidden(custom, widget.name())) {
        continue;
      }
      String name = name(box, json, custom, widget.name());
      row.take(widget).ifPresent(value -> values.set(widget.name(), value));
      if (instance.inputs().stream().anyMatch(i -> i.name().equals(name) && i.link() != null)) {
        SlotType type = new SlotType(widget.type());
        sockets.add(new Canvas.Socket(widget.name(), type, outer(name), widget.name()));
      }
    }
    return sockets;
  }

  private Canvas.Socket socket(Canvas.Box box, JsonNode json, End end, JsonNode custom) {
    Canvas.Socket socket = box.inputs().get(end.slot);
    Canvas.Wire wire = inner.get(end);
    String link = null;
    if (wire != null) {
      link = end.node + "." + end.slot;
      links.put(link, wire);
    } else if (!isHidden(custom, socket.name())) {
      link = outer(name(box, json, custom, socket.name()));
    }
    return new Canvas.Socket(socket.name(), socket.type(), link, socket.widget());
  }

  /// A link from an input of the group, which is added.
  private String outer(String name) {
    String link = "outer." + inputs.size();
    links.put(link, new Canvas.Wire(Canvas.INPUTS, inputs.size()));
    inputs.add(name);
    return link;
  }

  private static boolean isHidden(JsonNode custom, String input) {
    JsonNode visible = custom.path("input").path(input).path("visible");
    return visible.isBoolean() && !visible.booleanValue();
  }

  /// What the group calls the input of one of its nodes: as the node does, unless that is taken.
  private String name(Canvas.Box box, JsonNode json, JsonNode custom, String input) {
    String name = CanvasReader.text(custom.path("input").path(input), "name", label(json, input));
    String key = name;
    boolean titledPrimitive = box.kind() == Canvas.Kind.PRIMITIVE && json.hasNonNull("title");
    if (titledPrimitive || given.containsKey(name)) {
      String prefix = box.title() + " ";
      key = prefix + input;
      Integer times = given.get(key);
      name = times == null ? key : prefix + times + " " + input;
    }
    given.merge(key, 2, (times, ignored) -> times + 1);
    return name;
  }

  private static String label(JsonNode json, String input) {
    for (JsonNode socket : CanvasReader.list(json, "inputs")) {
      if (CanvasReader.text(socket, "name", "").equals(input)) {
        return CanvasReader.text(socket, "label", input);
      }
    }
    return input;
  }
}
