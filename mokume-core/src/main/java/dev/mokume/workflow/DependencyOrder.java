package dev.mokume.workflow;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Quoted;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;

/// Puts nodes behind those whose outputs they take. Goes down one way at a time with a stack of its
/// own: a chain may be as long as the graph.
final class DependencyOrder {
  private static final int SHOWN = 12;

  private final Map<String, Node> nodes;
  private final Function<Node, OptionalInt> outputs;
  private final Set<String> done = new LinkedHashSet<>();

  /// The way down, each node with those of its links that were not followed yet.
  private final SequencedMap<String, Iterator<Map.Entry<String, Input>>> way =
      new LinkedHashMap<>();

  private DependencyOrder(Map<String, Node> nodes, Function<Node, OptionalInt> outputs) {
    this.nodes = nodes;
    this.outputs = outputs;
  }

  static List<Node> of(
      Map<String, Node> nodes, Collection<String> wanted, Function<Node, OptionalInt> outputs) {
    DependencyOrder order = new DependencyOrder(nodes, outputs);
    for (String id : wanted) {
      if (!nodes.containsKey(id)) {
        throw refused(
            "the workflow has no node " + Quoted.name(id) + Nearest.ending(id, nodes.keySet()));
      }
      order.visit(id);
    }
    return order.done.stream().map(nodes::get).toList();
  }

  private void visit(String id) {
    enter(id);
    while (!way.isEmpty()) {
      var last = way.lastEntry();
      if (!last.getValue().hasNext()) {
        way.pollLastEntry();
        done.add(last.getKey());
        continue;
      }
      var input = last.getValue().next();
      switch (input.getValue()) {
        case Input.Literal _ -> {
          // Needs no other node.
        }
        case Input.Link link -> {
          check(node(last.getKey()), input.getKey(), link);
          enter(link.node());
        }
      }
    }
  }

  private void enter(String id) {
    if (done.contains(id)) {
      return;
    }
    if (way.containsKey(id)) {
      throw refused(
          "these nodes need each other in a circle, so none of them can be first: "
              + circle(id)
              + ". Take one of the links away.");
    }
    way.put(id, node(id).inputs().entrySet().iterator());
  }

  private void check(Node node, String input, Input.Link link) {
    String place =
        Malformed.node(node.id(), node.type()) + ": input " + Quoted.name(input) + " is linked to ";
    Node source = nodes.get(link.node());
    if (source == null) {
      throw refused(
          place
              + "node "
              + Quoted.name(link.node())
              + ", which the workflow does not have; link it to another or save the workflow"
              + " again.");
    }
    OptionalInt count = outputs.apply(source);
    if (link.slot() < 0 || (count.isPresent() && link.slot() >= count.getAsInt())) {
      throw refused(
          place
              + "output "
              + link.slot()
              + " of "
              + Malformed.node(source.id(), source.type())
              + ", which "
              + (count.isPresent() && count.getAsInt() > 0
                  ? "has outputs 0 to " + (count.getAsInt() - 1)
                  : count.isPresent() ? "has no outputs" : "cannot be: outputs count from 0")
              + ".");
    }
  }

  private Node node(String id) {
    Node node = nodes.get(id);
    if (node == null) {
      throw new IllegalStateException("node " + id + " was checked before");
    }
    return node;
  }

  /// The way from `id` back to it, from what is computed first to what takes it.
  private String circle(String id) {
    List<String> circle = new ArrayList<>();
    boolean inside = false;
    for (String step : way.keySet()) {
      inside |= step.equals(id);
      if (inside) {
        circle.add(step);
      }
    }
    Deque<String> names = new ArrayDeque<>();
    names.push(Malformed.node(id, node(id).type()));
    circle.stream()
        .limit(SHOWN)
        .skip(1)
        .forEach(step -> names.push(Malformed.node(step, node(step).type())));
    if (circle.size() > SHOWN) {
      names.push((circle.size() - SHOWN) + " more");
    }
    names.push(Malformed.node(id, node(id).type()));
    return String.join(" -> ", names);
  }

  private static MokumeException refused(String message) {
    return new MokumeException(ErrorCode.INVALID_RECIPE, message);
  }
}
