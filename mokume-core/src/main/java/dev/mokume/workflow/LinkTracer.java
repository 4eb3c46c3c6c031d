package dev.mokume.workflow;

import dev.mokume.error.Quoted;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Follows the link into an input back to what gives the value: through reroutes and bypassed
/// nodes, from getters to setters, into and out of subgraphs.
final class LinkTracer {
  /// Where a value comes from.
  sealed interface Origin {
    /// A node's output; the node may be muted.
    record Output(String node, int slot) implements Origin {}

    /// A primitive's value, or that of a widget which a subgraph shows.
    record Value(JsonNode value) implements Origin {}
  }

  /// One step of the way, or its end.
  private sealed interface Step {
    /// An input.
    ///
    /// @param wanted what the value is for: a bypassed node chooses by it
    /// @param fromInside whether the way came out of the instance through this input
    record At(Drawing drawing, String node, int slot, SlotType wanted, boolean fromInside)
        implements Step {}

    record End(Optional<Origin> origin) implements Step {
      static final End NOTHING = new End(Optional.empty());

      static End of(Origin origin) {
        return new End(Optional.of(origin));
      }
    }
  }

  private final String file;

  /// Ways that were gone already: thousands of links may share a chain of reroutes.
  private final Map<Step.At, Optional<Origin>> known = new HashMap<>();

  /// By drawing and name; of two of one name the first counts.
  private final Map<Canvas, Map<String, String>> setters = new IdentityHashMap<>();

  LinkTracer(String file) {
    this.file = file;
  }

  /// @return nothing if the input is not linked or the way ends nowhere
  Optional<Origin> origin(Drawing drawing, Canvas.Box node, int input) {
    Set<Step.At> way = new LinkedHashSet<>();
    Step step = new Step.At(drawing, node.id(), input, SlotType.ANY, false);
    while (true) {
      switch (step) {
        case Step.End end -> {
          way.forEach(at -> known.put(at, end.origin));
          return end.origin;
        }
        case Step.At at -> {
          if (!way.add(at)) {
            throw Malformed.workflow(
                file,
                "the links into node "
                    + Quoted.name(at.drawing.path + at.node)
                    + " go round in a circle of reroutes, bypassed nodes or subgraphs and start"
                    + " nowhere; take one of them out in the editor.");
          }
          Optional<Origin> found = known.get(at);
          step = found == null ? next(at) : new Step.End(found);
        }
      }
    }
  }

  private Step next(Step.At at) {
    Canvas.Box node = Objects.requireNonNull(at.drawing.canvas.nodes().get(at.node));
    if (at.slot < 0 || at.slot >= node.inputs().size()) {
      return Step.End.NOTHING;
    }
    Canvas.Socket socket = node.inputs().get(at.slot);
    if (socket.link() == null) {
      return at.fromInside
          ? new Step.End(node.promotedValue(socket.name()).map(Origin.Value::new))
          : Step.End.NOTHING;
    }
    Canvas.Wire wire = at.drawing.canvas.links().get(socket.link());
    SlotType wanted = socket.type().isAny() ? at.wanted : socket.type();
    return wire == null ? Step.End.NOTHING : follow(at.drawing, wire, wanted);
  }

  private Step follow(Drawing drawing, Canvas.Wire wire, SlotType wanted) {
    if (wire.node().equals(Canvas.INPUTS) && drawing.outer != null && drawing.instance != null) {
      int slot = inputOfInstance(drawing.canvas, drawing.instance, wire.slot());
      return new Step.At(drawing.outer, drawing.instance.id(), slot, wanted, true);
    }
    Canvas.Box node = drawing.canvas.nodes().get(wire.node());
    if (node == null) {
      return Step.End.NOTHING;
    }
    return switch (node.kind()) {
      case NOTE -> Step.End.NOTHING;
      case REROUTE, SETTER -> new Step.At(drawing, node.id(), 0, wanted, false);
      case GETTER ->
          node.constant().map(name -> setter(drawing, name, wanted)).orElse(Step.End.NOTHING);
      case PRIMITIVE -> new Step.End(primitiveValue(node).map(Origin.Value::new));
      case NODE -> {
        if (node.mode() == Canvas.Mode.BYPASSED) {
          int slot = passedThrough(node, wire.slot(), wanted);
          yield slot < 0 ? Step.End.NOTHING : new Step.At(drawing, node.id(), slot, wanted, false);
        }
        Drawing inner = drawing.inner.get(node.id());
        if (inner == null) {
          yield Step.End.of(new Origin.Output(drawing.path + node.id(), wire.slot()));
        }
        Canvas.Wire source = inner.canvas.outputs().get(wire.slot());
        yield source == null ? Step.End.NOTHING : follow(inner, source, wanted);
      }
    };
  }

  private Step setter(Drawing from, String name, SlotType wanted) {
    for (Drawing drawing = from; drawing != null; drawing = drawing.outer) {
      String id = setters.computeIfAbsent(drawing.canvas, LinkTracer::settersOf).get(name);
      if (id != null) {
        return new Step.At(drawing, id, 0, wanted, false);
      }
    }
    return Step.End.NOTHING;
  }

  private static Map<String, String> settersOf(Canvas canvas) {
    Map<String, String> ids = new HashMap<>();
    for (Canvas.Box box : canvas.nodes().values()) {
      if (box.kind() == Canvas.Kind.SETTER) {
        box.constant().ifPresent(name -> ids.putIfAbsent(name, box.id()));
      }
    }
    return ids;
  }

  /// An instance may list its inputs in another order than its definition; names tell.
  private static int inputOfInstance(Canvas canvas, Canvas.Box instance, int slot) {
    if (slot >= 0 && slot < canvas.inputs().size()) {
      String name = canvas.inputs().get(slot);
      for (int i = 0; i < instance.inputs().size(); i++) {
        if (instance.inputs().get(i).name().equals(name)) {
          return i;
        }
      }
    }
    return slot;
  }

  private static Optional<JsonNode> primitiveValue(Canvas.Box primitive) {
    JsonNode values = primitive.values();
    return Optional.ofNullable(values == null ? null : values.get(0)).filter(v -> !v.isNull());
  }

  /// Which input of a bypassed node stands in for its output `slot`: the one beside it if that
  /// fits, else the first of exactly the wanted type, else the first that fits; -1 if none does.
  private static int passedThrough(Canvas.Box node, int slot, SlotType consumer) {
    boolean hasOutput = slot >= 0 && slot < node.outputs().size();
    SlotType wanted = consumer.isAny() && hasOutput ? node.outputs().get(slot) : consumer;
    List<SlotType> types = node.inputs().stream().map(Canvas.Socket::type).toList();
    if (slot >= 0 && slot < types.size() && types.get(slot).fits(wanted)) {
      return slot;
    }
    int exact = types.indexOf(wanted);
    if (exact >= 0) {
      return exact;
    }
    for (int i = 0; i < types.size(); i++) {
      if (types.get(i).fits(wanted)) {
        return i;
      }
    }
    return -1;
  }
}
