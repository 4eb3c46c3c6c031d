package dev.mokume.expression;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// The nodes of an expression in an order in which inputs come before their users. A chain of a
/// thousand merges is deeper than a thread's stack is for sure, so nothing here calls itself.
public final class InputsFirst {
  private InputsFirst() {}

  /// A node whose inputs are being gone through.
  private record Open(Object node, Iterator<Object> inputs) {}

  /// Every [Elements], [Bits], [Scalar] and [PerLine] that `root` is made of, each once, `root`
  /// last.
  ///
  /// @param isLeaf whether the inputs of a node are of no interest
  public static List<Object> of(Object root, Predicate<Object> isLeaf) {
    List<Object> order = new ArrayList<>();
    Map<Object, Object> seen = new IdentityHashMap<>();
    seen.put(root, root);
    Deque<Open> path = new ArrayDeque<>();
    path.addLast(opened(root, isLeaf));
    while (!path.isEmpty()) {
      Open last = path.getLast();
      if (last.inputs.hasNext()) {
        Object input = last.inputs.next();
        if (seen.put(input, input) == null) {
          path.addLast(opened(input, isLeaf));
        }
      } else {
        path.removeLast();
        order.add(last.node);
      }
    }
    return order;
  }

  private static Open opened(Object node, Predicate<Object> isLeaf) {
    return new Open(
        node, isLeaf.test(node) ? Collections.emptyIterator() : inputs(node).iterator());
  }

  private static List<Object> inputs(Object node) {
    return switch (node) {
      case Elements elements -> inputs(elements);
      case Bits bits -> inputs(bits);
      case Scalar scalar -> inputs(scalar);
      case PerLine.Statistic(_, var of, _) -> List.of(of);
      case PerLine.Computed(_, var arguments) -> List.copyOf(arguments);
      default -> throw new IllegalArgumentException("no expression: " + node.getClass());
    };
  }

  private static List<Object> inputs(Elements elements) {
    return switch (elements) {
      case Elements.Stored _, Elements.Uniform _, Elements.Normal _ -> List.of();
      case Elements.Constant _ -> List.of();
      case Elements.Elected(var terms, var weights, _, var whenEven, _) -> {
        List<Object> all = new ArrayList<>(terms);
        all.addAll(weights);
        all.add(whenEven);
        yield all;
      }
      case Elements.RowRanks(var a, _, _, _) -> List.of(a);
      case Elements.Product _, Elements.Kronecker _, Elements.Spread _ -> List.of();
      case Elements.Pooled(_, var of) -> List.copyOf(of);
      case Elements.Norms(var of, _, _, _, _) -> List.of(of);
      case Elements.OfLine(var number) -> List.of(number);
      case Elements.Applied(_, var a) -> List.of(a);
      case Elements.MixedRows(var a, _, _, _, _) -> List.of(a);
      case Elements.MixedColumns(var a, _, _, _, _, _) -> List.of(a);
      case Elements.Mapped(_, _, var inputs, var statistics) -> {
        List<Object> all = new ArrayList<>(inputs);
        all.addAll(statistics);
        yield all;
      }
      case Elements.Whole(_, _, var inputs, _) -> List.copyOf(inputs);
      case Elements.Regressed(var models, _, _, _, _) -> List.copyOf(models);
      case Elements.Blend(var a, var weightA, var b, var weightB) ->
          List.of(a, weightA, b, weightB);
      case Elements.Binary(_, var a, var b) -> List.of(a, b);
      case Elements.WithScalar(_, var a, var b) -> List.of(a, b);
      case Elements.Magnitude(var a) -> List.of(a);
      case Elements.Trimmed(var a, var least) -> List.of(a, least);
      case Elements.Select(var mask, var whenSet, var whenClear) ->
          List.of(mask, whenSet, whenClear);
      case Elements.Rounded(var a, _) -> List.of(a);
      case Elements.RoundedAtRandom(var a, var draws, _) -> List.of(a, draws);
      case Elements.ByColumn(var a, _, var b, _) -> List.of(a, b);
      case Elements.ShiftFirstChannel(var a, var difference, _, _, _) -> List.of(a, difference);
    };
  }

  private static List<Object> inputs(Bits bits) {
    return switch (bits) {
      case Bits.Stored _, Bits.NonZeroBytes _, Bits.Constant _, Bits.Range _ -> List.of();
      case Bits.Keep _, Bits.Quarter _ -> List.of();
      case Bits.Compare(_, var a, var threshold) -> List.of(a, threshold);
      case Bits.HasSign(var a, var sign) -> List.of(a, sign);
      case Bits.First(var of, var limit) -> List.of(of, limit);
      case Bits.Binary(_, var a, var b) -> List.of(a, b);
    };
  }

  private static List<Object> inputs(Scalar scalar) {
    return switch (scalar) {
      case Scalar.Constant _ -> List.of();
      case Scalar.Statistic(_, var of) -> List.of(of);
      case Scalar.Quantile(var of, _, _, _) -> List.of(of);
      case Scalar.Ranked(var of, _) -> List.of(of);
      case Scalar.Greatest(var of, _) -> List.of(of);
      case Scalar.RankedAmong _, Scalar.Measured _ -> List.of();
      case Scalar.Share share -> List.of(share.of());
      case Scalar.Count(var of) -> List.of(of);
      case Scalar.Sampled(var of, _) -> inputs(of);
      case Scalar.Dot(var a, var b) -> List.of(a, b);
      case Scalar.Computed(_, var arguments) -> List.copyOf(arguments);
    };
  }
}
