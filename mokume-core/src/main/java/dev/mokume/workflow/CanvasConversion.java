package dev.mokume.workflow;

import dev.mokume.error.Amount;
import dev.mokume.error.Quoted;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Brings the editor's form to the API's: subgraphs are laid out in their instances' places, and
/// only nodes that run are left, each linked to others of them.
final class CanvasConversion {
  private final String file;
  private final WidgetCatalog catalog;
  private final CanvasReader reader;
  private final Map<String, Canvas> subgraphs = new HashMap<>();
  private final Map<String, JsonNode> groups = new HashMap<>();
  private final SequencedMap<String, Running> running = new LinkedHashMap<>();
  private int nodes;
  private int inputs;

  /// A node that runs.
  private record Running(Drawing drawing, Canvas.Box box) {}

  private CanvasConversion(String file, WidgetCatalog catalog) {
    this.file = file;
    this.catalog = catalog;
    this.reader = new CanvasReader(file);
  }

  static SequencedMap<String, Node> nodes(String file, JsonNode canvas, WidgetCatalog catalog) {
    CanvasConversion conversion = new CanvasConversion(file, catalog);
    conversion.define(canvas);
    conversion.lay(Drawing.whole(conversion.reader.read(canvas, "")), true);
    return conversion.nodes();
  }

  private void define(JsonNode canvas) {
    for (JsonNode subgraph : CanvasReader.list(canvas.path("definitions"), "subgraphs")) {
      String name = CanvasReader.text(subgraph, "name", "unnamed");
      subgraphs.put(CanvasReader.text(subgraph, "id", ""), reader.read(subgraph, name));
    }
    for (var group : canvas.path("extra").path("groupNodes").properties()) {
      groups.put(group.getKey(), group.getValue());
    }
  }

  private void lay(Drawing drawing, boolean active) {
    for (Canvas.Box box : drawing.canvas.nodes().values()) {
      count(box);
      if (box.kind() != Canvas.Kind.NODE) {
        continue;
      }
      boolean runs = active && box.mode() == Canvas.Mode.ACTIVE;
      Canvas body = body(box);
      if (body != null) {
        checkDepth(drawing, box, body);
        lay(drawing.add(box, body), runs);
      } else if (runs) {
        running.put(drawing.path + box.id(), new Running(drawing, box));
      }
    }
  }

  private void count(Canvas.Box box) {
    nodes++;
    if (nodes > Limits.MOST_NODES) {
      throw CanvasReader.tooManyNodes(file);
    }
    JsonNode values = box.values();
    inputs += box.inputs().size() + (values == null ? 0 : values.size());
    if (inputs > Limits.MOST_INPUTS) {
      throw Malformed.workflow(
          file,
          "the nodes of the workflow, its subgraphs laid out, have more than "
              + Amount.count(Limits.MOST_INPUTS)
              + " inputs and values: the most that Mokume reads.");
    }
  }

  private @Nullable Canvas body(Canvas.Box box) {
    Canvas subgraph = subgraphs.get(box.type());
    if (subgraph != null) {
      return subgraph;
    }
    JsonNode group = GroupNode.name(box.type()).map(groups::get).orElse(null);
    return group == null ? null : GroupNode.lay(reader, catalog, group, box);
  }

  private void checkDepth(Drawing drawing, Canvas.Box box, Canvas body) {
    if (drawing.isInside(box.type())) {
      throw Malformed.workflow(
          file,
          "subgraph "
              + Quoted.name(body.name())
              + " contains itself, as node "
              + Quoted.name(drawing.path + box.id())
              + ", so it has no end; take that node out.");
    }
    if (drawing.depth() == Limits.DEEPEST_SUBGRAPH) {
      throw Malformed.workflow(
          file,
          "more than "
              + Limits.DEEPEST_SUBGRAPH
              + " subgraphs lie inside each other, the most that Mokume reads; the innermost read"
              + " is "
              + Quoted.name(body.name())
              + ".");
    }
  }

  private SequencedMap<String, Node> nodes() {
    WidgetValues widgets = new WidgetValues(catalog);
    LinkTracer tracer = new LinkTracer(file);
    SequencedMap<String, Node> result = new LinkedHashMap<>();
    running.forEach((id, node) -> {
      SequencedMap<String, Input> given = new LinkedHashMap<>();
      widgets.of(node.box).forEach((name, value) -> given.put(name, literal(value)));
      for (int slot = 0; slot < node.box.inputs().size(); slot++) {
        link(tracer.origin(node.drawing, node.box, slot), node.box.inputs().get(slot), given);
      }
      result.put(id, new Node(id, node.box.type(), node.box.title(), given));
    });
    return result;
  }

  private void link(
      Optional<LinkTracer.Origin> origin, Canvas.Socket socket, SequencedMap<String, Input> given) {
    if (origin.isEmpty()) {
      // What its widget says, if it has one, still holds.
      return;
    }
    switch (origin.get()) {
      case LinkTracer.Origin.Value(JsonNode value) -> given.put(socket.name(), literal(value));
      case LinkTracer.Origin.Output(String id, int slot) -> {
        if (running.containsKey(id)) {
          given.put(socket.name(), new Input.Link(id, slot));
        } else {
          given.remove(socket.name());
        }
      }
    }
  }

  private static Input literal(JsonNode value) {
    return new Input.Literal(ApiForm.unwrapped(value));
  }
}
