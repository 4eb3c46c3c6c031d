package dev.mokume.internal.engine;

import dev.mokume.expression.Bits;
import dev.mokume.expression.Elements;
import dev.mokume.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/// A node of a tensor's expression graph. Equal expressions are one node.
///
/// A class, since each pass asks each node what it is made of, and a record would have to find that
/// out again.
final class Node {
  private final int id;
  private final Object expression;
  private final List<Node> inputs;
  private final int level;
  private final List<Node> elementInputs;
  private final boolean worthKeeping;

  /// @param id its place in an order in which inputs come first
  /// @param expression the [Elements], [Bits], [dev.mokume.expression.Scalar],
  ///   [dev.mokume.expression.PerLine], [ChannelNorms] or [CountBelow] it stands for
  /// @param inputs in the order of the expression's fields
  /// @param level passes over the tensor that must be over before it can be computed
  Node(int id, Object expression, List<Node> inputs, int level) {
    this.id = id;
    this.expression = expression;
    this.inputs = inputs;
    this.level = level;
    List<Node> perElement = new ArrayList<>(inputs.size());
    boolean ofEarlierPass = false;
    for (int i = 0; i < inputs.size(); i++) {
      Node input = inputs.get(i);
      if (input.isPerElement()) {
        perElement.add(input);
        ofEarlierPass |= input.level > 0 && input.level < level;
      }
    }
    this.elementInputs = perElement;
    this.worthKeeping = ofEarlierPass;
  }

  int id() {
    return id;
  }

  Object expression() {
    return expression;
  }

  List<Node> inputs() {
    return inputs;
  }

  int level() {
    return level;
  }

  /// Those of the inputs that have a value for each element.
  List<Node> elementInputs() {
    return elementInputs;
  }

  boolean isElements() {
    return expression instanceof Elements;
  }

  boolean isBits() {
    return expression instanceof Bits;
  }

  /// Whether it has a value for each element, rather than one for the whole tensor or one a line.
  boolean isPerElement() {
    return isElements() || isBits();
  }

  /// Whether it is a tensor that is stored in that dtype.
  boolean isStored(DType dtype) {
    return expression instanceof Elements.Stored(var tensor) && tensor.spec().dtype().equals(dtype);
  }

  /// Whether it is made of its input as a whole, element by element of which it then reads where it
  /// likes: the pass of the input has to keep that.
  boolean needsWholeInput() {
    return expression instanceof Elements.MixedRows
        || expression instanceof Elements.MixedColumns
        || expression instanceof Elements.RowRanks;
  }

  /// Whether it is made between two passes, of inputs that earlier ones kept, and is itself read
  /// back by every pass from its own on.
  boolean isWhole() {
    return expression instanceof Elements.Whole || expression instanceof Elements.Regressed;
  }

  /// Whether a later pass has to read it back: it is made of elements of an earlier pass than its
  /// own, which would have to be made again too, back to the first. Anything else follows from
  /// stored tensors, whole-tensor numbers and what is read back anyway; reading that as well would
  /// only cost memory.
  boolean isWorthKeeping() {
    return worthKeeping;
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
