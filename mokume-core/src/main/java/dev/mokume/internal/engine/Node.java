package dev.mokume.internal.engine;

import dev.mokume.tensor.DType;
import java.util.List;

/// A node of a tensor's expression graph. Equal expressions are one node.
///
/// @param id its place in an order in which inputs come first
/// @param expression the [dev.mokume.expression.Elements], [dev.mokume.expression.Bits],
///   [dev.mokume.expression.Scalar], [dev.mokume.expression.PerLine], [ChannelNorms] or
///   [CountBelow] it stands for
/// @param inputs in the order of the expression's fields
/// @param level passes over the tensor that must be over before it can be computed
record Node(int id, Object expression, List<Node> inputs, int level) {
  boolean isElements() {
    return expression instanceof dev.mokume.expression.Elements;
  }

  boolean isBits() {
    return expression instanceof dev.mokume.expression.Bits;
  }

  /// Whether it has a value for each element, rather than one for the whole tensor or one a line.
  boolean isPerElement() {
    return isElements() || isBits();
  }

  /// Whether it is a tensor that is stored in that dtype.
  boolean isStored(DType dtype) {
    return expression instanceof dev.mokume.expression.Elements.Stored(var tensor)
        && tensor.spec().dtype().equals(dtype);
  }

  /// Whether it is made of its input as a whole, element by element of which it then reads where it
  /// likes: the pass of the input has to keep that.
  boolean needsWholeInput() {
    return expression instanceof dev.mokume.expression.Elements.MixedRows
        || expression instanceof dev.mokume.expression.Elements.MixedColumns
        || expression instanceof dev.mokume.expression.Elements.RowRanks;
  }

  /// Whether it is made between two passes, of inputs that earlier ones kept, and is itself read
  /// back by every pass from its own on.
  boolean isWhole() {
    return expression instanceof dev.mokume.expression.Elements.Whole
        || expression instanceof dev.mokume.expression.Elements.Regressed;
  }

  /// Whether a later pass has to read it back: it is made of elements of an earlier pass than its
  /// own, which would have to be made again too, back to the first. Anything else follows from
  /// stored tensors, whole-tensor numbers and what is read back anyway; reading that as well would
  /// only cost memory.
  boolean isWorthKeeping() {
    return inputs.stream()
        .anyMatch(input -> input.isPerElement() && input.level() > 0 && input.level() < level);
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
