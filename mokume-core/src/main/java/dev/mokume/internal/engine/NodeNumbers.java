package dev.mokume.internal.engine;

import java.util.Arrays;

/// A number, not negative, for some of the nodes of one graph.
final class NodeNumbers {
  /// One more than each node's, 0 if it has none.
  private int[] numbers = new int[0];

  void put(Node node, int number) {
    if (node.id() >= numbers.length) {
      numbers = Arrays.copyOf(numbers, 2 * node.id() + 16);
    }
    numbers[node.id()] = number + 1;
  }

  boolean has(Node node) {
    return node.id() < numbers.length && numbers[node.id()] > 0;
  }

  /// The number of a node that has one.
  int of(Node node) {
    if (!has(node)) {
      throw new IllegalStateException("node " + node.id() + " has no number");
    }
    return numbers[node.id()] - 1;
  }
}
