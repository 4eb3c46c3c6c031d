package dev.mokume.internal.engine;

import dev.mokume.expression.Bits;
import dev.mokume.expression.Elements;
import dev.mokume.tensor.DType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// An output of which few elements are computed, side by side ([Instruction.Among]): it is what is
/// stored of a tensor, of the same dtype, but for a small random share, and nothing that it is made
/// of there asks where an element is (decision 0064).
///
/// @param keep which
/// @param base what is stored of the others
/// @param value what becomes of the few
record FewElements(Bits.Keep keep, Node base, DType dtype, Node value) {
  /// What a mask has at most for its elements to be brought together: to take them out of a block
  /// and to put them back costs as much as a few operations on all.
  private static final double FEW = 0.25;

  /// An output as one of few elements, if it is one.
  ///
  /// @param dtype that it is stored in
  /// @param graph of which `output` is a node
  /// @param isKept which nodes are read back, as an earlier pass has kept them
  static Optional<FewElements> of(Node output, DType dtype, Graph graph, Predicate<Node> isKept) {
    if (!(output.expression() instanceof Elements.Select(var mask, var moved, var base))) {
      return Optional.empty();
    }
    List<Bits> conditions = conditions(mask);
    Bits.Keep keep = small(conditions);
    if (keep == null
        || !graph.of(base).isStored(dtype)
        || !isPlain(graph.of(base), isKept)
        || !isPlain(graph.of(moved), isKept)) {
      return Optional.empty();
    }
    conditions.remove(keep);
    for (Bits other : conditions) {
      if (!isPlain(graph.of(other), isKept)) {
        return Optional.empty();
      }
    }
    Node value = graph.of(among(conditions, moved, base));
    return Optional.of(new FewElements(keep, graph.of(base), dtype, value));
  }

  /// The first of the conditions that a small share of the elements meets.
  private static Bits.@Nullable Keep small(List<Bits> conditions) {
    for (Bits condition : conditions) {
      if (condition instanceof Bits.Keep keep && keep.probability() <= FEW) {
        return keep;
      }
    }
    return null;
  }

  /// What becomes of elements that the draw has chosen, if there are other conditions.
  private static Elements among(List<Bits> conditions, Elements moved, Elements base) {
    if (conditions.isEmpty()) {
      return moved;
    }
    Bits all = conditions.getFirst();
    for (Bits other : conditions.subList(1, conditions.size())) {
      all = new Bits.Binary(Bits.Operator.AND, all, other);
    }
    return new Elements.Select(all, moved, base);
  }

  /// What must all be set for a mask to be set.
  private static List<Bits> conditions(Bits mask) {
    List<Bits> conditions = new ArrayList<>();
    Deque<Bits> open = new ArrayDeque<>();
    open.push(mask);
    while (!open.isEmpty()) {
      Bits next = open.pop();
      if (next instanceof Bits.Binary(Bits.Operator operator, var a, var b)
          && operator == Bits.Operator.AND) {
        open.push(b);
        open.push(a);
      } else {
        conditions.add(next);
      }
    }
    return conditions;
  }

  /// Whether a node follows from stored elements of 16 bits and from numbers, for each element
  /// alone and wherever it is.
  private static boolean isPlain(Node root, Predicate<Node> isKept) {
    Deque<Node> open = new ArrayDeque<>();
    open.push(root);
    NodeSet seen = new NodeSet();
    while (!open.isEmpty()) {
      Node node = open.pop();
      if (!node.isPerElement() || !seen.add(node)) {
        continue;
      }
      boolean plain =
          switch (node.expression()) {
            case Elements.Stored _ -> node.isStored(DType.F16) || node.isStored(DType.BF16);
            case Elements.Blend _,
                Elements.Binary _,
                Elements.WithScalar _,
                Elements.Constant _,
                Elements.Elected _,
                Elements.Magnitude _,
                Elements.Trimmed _,
                Elements.Select _,
                Bits.Compare _,
                Bits.HasSign _,
                Bits.Binary _ ->
                true;
            // The rest is drawn by index, laid out in rows, or a method of its own.
            default -> false;
          };
      if (!plain || isKept.test(node)) {
        return false;
      }
      for (int i = 0; i < node.elementInputs().size(); i++) {
        open.push(node.elementInputs().get(i));
      }
    }
    return true;
  }
}
