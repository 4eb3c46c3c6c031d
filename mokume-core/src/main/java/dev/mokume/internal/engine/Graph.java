package dev.mokume.internal.engine;

import dev.mokume.expression.Bits;
import dev.mokume.expression.Elements;
import dev.mokume.expression.InputsFirst;
import dev.mokume.expression.PerLine;
import dev.mokume.expression.Scalar;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Turns expressions into nodes, equal ones into the same node. A stored tensor is its bytes,
/// whatever it is called.
///
/// Numbers that are `known` already, from another tensor's task, count as constants.
final class Graph {
  private record Key(List<Object> operation, List<Node> inputs) {}

  private final Map<Scalar, Double> known;
  private final Map<Object, Node> byExpression = new IdentityHashMap<>();
  private final Map<Key, Node> byMeaning = new HashMap<>();
  private final List<Node> nodes = new ArrayList<>();

  /// @param known values by the identity of their scalar
  Graph(Map<Scalar, Double> known) {
    this.known = known;
  }

  /// Every node so far, inputs before their users.
  List<Node> nodes() {
    return nodes;
  }

  /// The node of an expression. Makes those of what it is made of first, so that making its own
  /// goes no deeper.
  private Node made(Object expression) {
    Node node = byExpression.get(expression);
    if (node != null) {
      return node;
    }
    for (Object part : InputsFirst.of(expression, this::isMade)) {
      // The last one is the expression itself.
      node = byExpression.get(part);
      if (node == null) {
        node = make(part);
        byExpression.put(part, node);
      }
    }
    return Objects.requireNonNull(node);
  }

  private Node make(Object expression) {
    return switch (expression) {
      case Elements elements -> make(elements);
      case Bits bits -> make(bits);
      case Scalar scalar -> make(scalar);
      case PerLine numbers -> make(numbers);
      default -> throw new IllegalStateException("no expression: " + expression.getClass());
    };
  }

  private boolean isMade(Object expression) {
    return byExpression.containsKey(expression)
        || (expression instanceof Scalar scalar && known.containsKey(scalar));
  }

  Node of(Elements elements) {
    return made(elements);
  }

  private Node make(Elements elements) {
    return switch (elements) {
      case Elements.Stored(var tensor) ->
          node(elements, List.of("stored", tensor.range(), tensor.spec().dtype()), List.of(), 0);
      case Elements.Blend(var a, var wa, var b, var wb) ->
          node(elements, List.of("blend"), List.of(of(a), of(wa), of(b), of(wb)), 0);
      case Elements.Binary(var operator, var a, var b) ->
          node(elements, List.of("binary", operator), List.of(of(a), of(b)), 0);
      case Elements.WithScalar(var operator, var a, var b) ->
          node(elements, List.of("with scalar", operator), List.of(of(a), of(b)), 0);
      case Elements.Constant(var value, _) ->
          node(elements, List.of("constant elements", value), List.of(), 0);
      case Elements.Elected(var terms, var weights, var vote, var whenEven, var take) -> {
        List<Node> inputs = all(terms);
        inputs.addAll(all(weights));
        inputs.add(of(whenEven));
        yield node(elements, List.of("elected", vote, take), inputs, 0);
      }
      case Elements.RowRanks(var a, var length, var inner, var order) ->
          node(elements, List.of("row ranks", length, inner, order), List.of(of(a)), 1);
      case Elements.Magnitude(var a) -> node(elements, List.of("magnitude"), List.of(of(a)), 0);
      case Elements.Trimmed(var a, var least) ->
          node(elements, List.of("trimmed"), List.of(of(a), of(least)), 0);
      case Elements.Select select -> select(select);
      case Elements.Rounded(var a, var dtype) ->
          node(elements, List.of("rounded", dtype), List.of(of(a)), 0);
      case Elements.RoundedAtRandom(var a, var draws, var dtype) ->
          node(elements, List.of("rounded at random", dtype), List.of(of(a), of(draws)), 0);
      case Elements.ByColumn(var a, var first, var b, var later) ->
          node(elements, List.of("by column", first, later), List.of(of(a), of(b)), 0);
      case Elements.ShiftFirstChannel(
              var a,
              var difference,
              var channels,
              var inner,
              var divisor) -> {
        ChannelNorms norms = new ChannelNorms(channels, inner);
        Node measured = node(norms, List.of(norms), List.of(of(difference)), 1);
        yield node(elements, List.of("shift", divisor), List.of(of(a), measured), 0);
      }
      case Elements.Product(var left, var right, var start, _) ->
          node(elements, List.of("product", left, right, start), List.of(), 0);
      case Elements.Kronecker(var a, var b, var start, _) ->
          node(elements, List.of("kronecker", a, b, start), List.of(), 0);
      case Elements.Spread(var values, var inner, var repeats, var start, _) ->
          node(elements, List.of("spread", values, inner, repeats, start), List.of(), 0);
      case Elements.Pooled(var pool, var of) -> node(elements, List.of("pooled", pool), all(of), 0);
      case Elements.Norms(var a, var channels, var inner, var repeats, var start) -> {
        RepeatedChannels places = new RepeatedChannels(channels, inner, repeats, start);
        Node measured = node(places, List.of(places), List.of(of(a)), 1);
        yield node(elements, List.of("norms"), List.of(measured), 0);
      }
      case Elements.MixedRows(var a, var blocks, var stride, var columns, var start) ->
          node(elements, List.of("mixed rows", blocks, stride, columns, start), List.of(of(a)), 1);
      case Elements.MixedColumns(var a, var first, var second, var rows, var inner, var start) ->
          node(
              elements,
              List.of("mixed columns", first, second, rows, inner, start),
              List.of(of(a)),
              1);
      case Elements.Mapped(var method, var setting, var inputs, var statistics) -> {
        List<Node> operands = all(inputs);
        operands.addAll(all(statistics));
        yield node(elements, List.of("mapped", method, setting), operands, 0);
      }
      case Elements.Whole(var method, var setting, var inputs, var draws) ->
          node(elements, List.of("whole", method, setting, draws), all(inputs), 1);
      case Elements.Regressed(var models, var grams, var offDiagonal, var rows, _) ->
          node(
              elements,
              List.of(
                  "regressed",
                  grams.stream()
                      .map(gram ->
                          List.of(
                              gram.tensor().range(), gram.tensor().spec().dtype(), gram.weight()))
                      .toList(),
                  offDiagonal,
                  rows),
              all(models),
              1);
      case Elements.OfLine(var number) ->
          node(elements, List.of("of line", number.lines()), List.of(of(number)), 0);
      case Elements.Applied(var function, var a) ->
          node(elements, List.of("applied", function), List.of(of(a)), 0);
      case Elements.Uniform(var draw, var count) ->
          node(elements, List.of("uniform", draw), List.of(), 0);
      case Elements.Normal(var draw, var mean, var deviation, var count) ->
          node(elements, List.of("normal", draw, mean, deviation), List.of(), 0);
    };
  }

  /// A choice between a choice and its own other side is one choice by both masks, unless a pass
  /// keeps the inner one for later.
  private Node select(Elements.Select select) {
    Node inner = of(select.whenSet());
    if (inner.expression() instanceof Elements.Select(var mask, var whenSet, var whenClear)
        && !inner.isWorthKeeping()
        && of(whenClear).equals(of(select.whenClear()))) {
      Bits both = new Bits.Binary(Bits.Operator.AND, select.mask(), mask);
      return of(new Elements.Select(both, whenSet, whenClear));
    }
    return node(
        select, List.of("select"), List.of(of(select.mask()), inner, of(select.whenClear())), 0);
  }

  Node of(Bits bits) {
    return made(bits);
  }

  private Node make(Bits bits) {
    return switch (bits) {
      case Bits.Stored(var tensor, var count) ->
          node(bits, List.of("stored bits", tensor.range()), List.of(), 0);
      case Bits.NonZeroBytes(var tensor) ->
          node(bits, List.of("non-zero", tensor.range()), List.of(), 0);
      case Bits.Constant(var value, var count) ->
          node(bits, List.of("constant bits", value), List.of(), 0);
      case Bits.Range(var from, var to, var count) ->
          node(bits, List.of("range", from, to), List.of(), 0);
      case Bits.Keep(var draw, var probability, var count) ->
          node(bits, List.of("keep", draw, probability), List.of(), 0);
      case Bits.Quarter(var draw, var quarter, var count) ->
          node(bits, List.of("quarter", draw, quarter), List.of(), 0);
      case Bits.Compare(var comparison, var a, var threshold) ->
          node(bits, List.of("compare", comparison), List.of(of(a), of(threshold)), 0);
      case Bits.HasSign(var a, var sign) ->
          node(bits, List.of("has sign"), List.of(of(a), of(sign)), 0);
      case Bits.First(var a, var limit) -> {
        Node counted = node(new BlockCounts(), List.of("block counts"), List.of(of(a)), 1);
        yield node(bits, List.of("first"), List.of(of(a), of(limit), counted), 0);
      }
      case Bits.Binary(var operator, var a, var b) ->
          node(bits, List.of("bits", operator), List.of(of(a), of(b)), 0);
    };
  }

  Node of(Scalar scalar) {
    return made(scalar);
  }

  private Node make(Scalar scalar) {
    Double value = known.get(scalar instanceof Scalar.Measured(var of) ? of : scalar);
    if (value != null) {
      return of(Scalar.constant(value));
    }
    return switch (scalar) {
      case Scalar.Constant(var constant) ->
          node(scalar, List.of("constant", constant), List.of(), 0);
      case Scalar.Statistic(var reduction, var elements) ->
          node(scalar, List.of("statistic", reduction), List.of(of(elements)), scalar.ownPasses());
      case Scalar.Dot(var a, var b) ->
          node(scalar, List.of("dot"), List.of(of(a), of(b)), scalar.ownPasses());
      case Scalar.Count counted ->
          counted.isKnownWithQuantile()
              ? node(
                  new CountBelow(),
                  List.of("count below"),
                  of(counted.of()).inputs().subList(1, 2),
                  0)
              : node(scalar, List.of("count"), List.of(of(counted.of())), scalar.ownPasses());
      case Scalar.Sampled(Scalar.Statistic(var reduction, var elements), var sample) ->
          node(
              scalar,
              List.of("sampled statistic", reduction, sample),
              List.of(of(elements)),
              scalar.ownPasses());
      case Scalar.Sampled(Scalar.Count(var bits), var sample) ->
          node(scalar, List.of("sampled count", sample), List.of(of(bits)), scalar.ownPasses());
      case Scalar.Sampled _ -> throw new IllegalStateException("no sum: " + scalar);
      case Scalar.Quantile(var elements, var q, var rule, var chunk) ->
          node(
              scalar,
              List.of("quantile", q, rule, chunk),
              List.of(of(elements)),
              scalar.ownPasses());
      case Scalar.RankedAmong _, Scalar.Measured _ ->
          throw new IllegalStateException("a number about others was not measured before");
      case Scalar.Share share ->
          // Each is one of its kind, even if two are of equal elements.
          node(scalar, List.of("share", new Object()), List.of(of(share.of())), scalar.ownPasses());
      case Scalar.Ranked(var elements, var rank) ->
          node(scalar, List.of("ranked", rank), List.of(of(elements)), scalar.ownPasses());
      case Scalar.Greatest(var elements, var share) ->
          node(scalar, List.of("greatest", share), List.of(of(elements)), scalar.ownPasses());
      case Scalar.Computed(var function, var arguments) ->
          node(scalar, List.of("computed", function), all(arguments), 0);
    };
  }

  Node of(PerLine numbers) {
    return made(numbers);
  }

  private Node make(PerLine numbers) {
    return switch (numbers) {
      case PerLine.Statistic(var reduction, var of, var lines) ->
          node(numbers, List.of("of lines", reduction, lines), List.of(of(of)), 1);
      case PerLine.Computed(var formula, var arguments) ->
          node(numbers, List.of("computed", formula), all(arguments), 0);
    };
  }

  private List<Node> all(List<?> expressions) {
    List<Node> nodesOf = new ArrayList<>();
    for (Object expression : expressions) {
      nodesOf.add(made(expression));
    }
    return nodesOf;
  }

  /// @param passes over the tensor that the node itself takes, after those of its inputs
  private Node node(Object expression, List<Object> operation, List<Node> inputs, int passes) {
    int level = 0;
    for (int i = 0; i < inputs.size(); i++) {
      level = Math.max(level, inputs.get(i).level());
    }
    Node node = new Node(nodes.size(), expression, inputs, passes + level);
    Node known = byMeaning.putIfAbsent(new Key(operation, inputs), node);
    if (known != null) {
      return known;
    }
    nodes.add(node);
    return node;
  }
}
