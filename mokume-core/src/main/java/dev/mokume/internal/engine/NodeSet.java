package dev.mokume.internal.engine;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/// Nodes of one graph, each once, in the order in which they came. Which they are is known by their
/// numbers: every tensor's task is compiled, in a short process by the interpreter, and there a bit
/// is found in a tenth of the steps of an entry of a hash table.
final class NodeSet {
  private final List<Node> nodes = new ArrayList<>();
  private final BitSet ids = new BitSet();

  /// False if it has the node already.
  boolean add(Node node) {
    if (ids.get(node.id())) {
      return false;
    }
    ids.set(node.id());
    nodes.add(node);
    return true;
  }

  void addAll(List<Node> others) {
    for (int i = 0; i < others.size(); i++) {
      add(others.get(i));
    }
  }

  boolean has(Node node) {
    return ids.get(node.id());
  }

  /// As they are so far; grows with the set.
  List<Node> list() {
    return nodes;
  }
}
