package dev.mokume.internal.engine;

import java.util.List;

/// A node of a tensor's expression graph. Equal expressions are one node.
///
/// @param id its place in an order in which inputs come first
/// @param expression the [dev.mokume.expression.Elements], [dev.mokume.expression.Bits], [dev.mokume.expression.Scalar] or
///     [ChannelNorms] it stands for
/// @param inputs in the order of the expression's fields
/// @param level passes over the tensor that must be over before it can be computed
record Node(int id, Object expression, List<Node> inputs, int level) {
  boolean isElements() {
    return expression instanceof dev.mokume.expression.Elements;
  }

  boolean isBits() {
    return expression instanceof dev.mokume.expression.Bits;
  }

  /// Whether it has a value for each element, rather than one for the whole tensor.
  boolean isPerElement() {
    return isElements() || isBits();
  }

  /// Whether it only depends on whole-tensor numbers and on elements that need none, so that computing it again in a later
  /// pass costs no more than reading it back.
  boolean isCheap() {
    return inputs.stream().allMatch(input -> !input.isPerElement() || input.level() == 0);
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return id;
  }
}
