package dev.mokume.expression;

import dev.mokume.checkpoint.StoredTensor;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What an expression needs: stored tensors, passes, and numbers that are measured on other
/// tensors.
public final class Survey {
  private final long count;
  private final Map<Object, Integer> levels = new IdentityHashMap<>();
  private final Set<StoredTensor> inputs = new LinkedHashSet<>();

  /// Passes that gather something of every element, that keep something, and those that a sample is
  /// enough for if they do nothing else.
  private final BitSet gathering = new BitSet();

  private final BitSet keeping = new BitSet();
  private final BitSet looking = new BitSet();
  private final List<Scalar> foreign = new ArrayList<>();
  private final List<Elements.Whole> wholes = new ArrayList<>();
  private final List<Elements.Regressed> regressions = new ArrayList<>();

  private int widestPool;

  /// @param count elements of the tensor that the expression is for
  public Survey(long count) {
    this.count = count;
  }

  /// The stored tensors of everything visited, but for those that only foreign numbers need.
  public Set<StoredTensor> inputs() {
    return Collections.unmodifiableSet(inputs);
  }

  /// Numbers over tensors of other sizes: they have to be measured before.
  public List<Scalar> foreign() {
    return Collections.unmodifiableList(foreign);
  }

  /// The methods that need tensors whole.
  public List<Elements.Whole> wholes() {
    return Collections.unmodifiableList(wholes);
  }

  /// How many passes go over all elements up to that one, from 0 for the first: all but those that
  /// only look at a sample.
  public int passes(int last) {
    int passes = 0;
    for (int pass = 0; pass <= last; pass++) {
      boolean sampled = looking.get(pass) && !gathering.get(pass);
      boolean repeatable = !keeping.get(pass) && !keeping.get(pass + 1) && pass + 1 <= last;
      passes += sampled && repeatable ? 0 : 1;
    }
    return passes;
  }

  private int gathered(int pass) {
    gathering.set(pass);
    return pass + 1;
  }

  private int kept(int pass) {
    keeping.set(pass);
    return pass + 1;
  }

  /// What is solved by Gram matrices.
  public List<Elements.Regressed> regressions() {
    return Collections.unmodifiableList(regressions);
  }

  /// The most tensors whose numbers are needed at once; 0 if none are pooled.
  public int widestPool() {
    return widestPool;
  }

  /// How many operations everything visited is made of.
  public int operations() {
    return levels.size();
  }

  /// The level of a node; visits what it is made of first, inputs before their users, so that
  /// visiting the node itself goes no deeper.
  private int visited(Object node) {
    Integer seen = levels.get(node);
    if (seen != null) {
      return seen;
    }
    int level = 0;
    for (Object part : InputsFirst.of(node, this::isLeaf)) {
      // The last one is the node itself.
      Integer known = levels.get(part);
      level = known == null ? level(part) : known;
      if (known == null) {
        levels.put(part, level);
      }
    }
    return level;
  }

  private int level(Object node) {
    return switch (node) {
      case Elements elements -> level(elements);
      case Bits bits -> level(bits);
      case Scalar scalar -> level(scalar);
      case PerLine numbers -> level(numbers);
      default -> throw new IllegalStateException("no expression: " + node.getClass());
    };
  }

  private boolean isLeaf(Object node) {
    return levels.containsKey(node)
        || (node instanceof Scalar scalar && scalar.ownPasses() > 0 && count(scalar) != count);
  }

  /// Visits an expression; returns how many passes must be over before it can be computed.
  public int visit(Elements elements) {
    return visited(elements);
  }

  private int level(Elements elements) {
    return switch (elements) {
      case Elements.Stored(var tensor) -> store(tensor);
      case Elements.Blend(var a, var wa, var b, var wb) ->
          Math.max(Math.max(visit(a), visit(b)), Math.max(visit(wa), visit(wb)));
      case Elements.Binary(_, var a, var b) -> Math.max(visit(a), visit(b));
      case Elements.WithScalar(_, var a, var b) -> Math.max(visit(a), visit(b));
      case Elements.Constant _ -> 0;
      case Elements.Elected(var terms, var weights, _, var whenEven, _) ->
          Math.max(
              visit(whenEven),
              Math.max(
                  terms.stream().mapToInt(this::visit).max().orElse(0),
                  weights.stream().mapToInt(this::visit).max().orElse(0)));
      case Elements.RowRanks(var a, _, _, _) -> kept(visit(a));
      case Elements.Magnitude(var a) -> visit(a);
      case Elements.Trimmed(var a, var least) -> Math.max(visit(a), visit(least));
      case Elements.Select(var mask, var whenSet, var whenClear) ->
          Math.max(visit(mask), Math.max(visit(whenSet), visit(whenClear)));
      case Elements.Rounded(var a, _) -> visit(a);
      case Elements.RoundedAtRandom(var a, var draws, _) -> Math.max(visit(a), visit(draws));
      case Elements.ByColumn(var a, _, var b, _) -> Math.max(visit(a), visit(b));
      case Elements.ShiftFirstChannel(var a, var difference, _, _, _) ->
          Math.max(visit(a), gathered(visit(difference)));
      case Elements.Product(var left, var right, _, _) -> store(left, right);
      case Elements.Kronecker(var a, var b, _, _) -> store(a, b);
      case Elements.Spread(var values, _, _, _, _) -> store(values);
      case Elements.Pooled(_, var of) -> {
        widestPool = Math.max(widestPool, of.size());
        yield of.stream().mapToInt(this::visit).max().orElse(0);
      }
      case Elements.Norms(var of, _, _, _, _) -> gathered(visit(of));
      case Elements.MixedRows(var a, var blocks, _, _, _) ->
          Math.max(kept(visit(a)), store(blocks));
      case Elements.MixedColumns(var a, var first, var second, _, _, _) ->
          Math.max(kept(visit(a)), store(first, second));
      case Elements.Mapped(_, _, var inputs, var statistics) ->
          Math.max(
              inputs.stream().mapToInt(this::visit).max().orElse(0),
              statistics.stream().mapToInt(this::visit).max().orElse(0));
      case Elements.Whole whole -> {
        wholes.add(whole);
        yield whole.inputs().stream().mapToInt(input -> kept(visit(input))).max().orElse(0);
      }
      case Elements.Regressed regressed -> {
        regressions.add(regressed);
        regressed.grams().forEach(gram -> inputs.add(gram.tensor()));
        yield regressed.models().stream().mapToInt(this::visit).max().orElse(0) + 1;
      }
      case Elements.OfLine(var number) -> visit(number);
      case Elements.Applied(_, var a) -> visit(a);
      case Elements.Uniform _, Elements.Normal _ -> 0;
    };
  }

  /// Visits a mask; returns as for elements.
  public int visit(Bits bits) {
    return visited(bits);
  }

  private int level(Bits bits) {
    return switch (bits) {
      case Bits.Stored(var tensor, _) -> store(tensor);
      case Bits.NonZeroBytes(var tensor) -> store(tensor);
      case Bits.Constant _, Bits.Range _, Bits.Keep _, Bits.Quarter _ -> 0;
      case Bits.Compare(_, var a, var threshold) -> Math.max(visit(a), visit(threshold));
      case Bits.HasSign(var a, var sign) -> Math.max(visit(a), visit(sign));
      case Bits.First(var of, var limit) -> Math.max(gathered(visit(of)), visit(limit));
      case Bits.Binary(_, var a, var b) -> Math.max(visit(a), visit(b));
    };
  }

  /// Visits a number; returns how many passes must be over before it is known.
  public int visit(Scalar scalar) {
    return visited(scalar);
  }

  private int level(Scalar scalar) {
    return switch (scalar) {
      case Scalar.Constant _ -> 0;
      case Scalar.Statistic(_, var of) -> statistic(scalar, of);
      case Scalar.Quantile(var of, _, _, _) -> statistic(scalar, of);
      case Scalar.Ranked(var of, _) -> statistic(scalar, of);
      case Scalar.Greatest(var of, _) -> statistic(scalar, of);
      case Scalar.RankedAmong _, Scalar.Measured _ -> outside(scalar);
      case Scalar.Share share -> statistic(scalar, share.of());
      case Scalar.Count counted -> {
        if (counted.of().count() != count) {
          yield outside(scalar);
        }
        int known = visit(counted.of());
        yield counted.isKnownWithQuantile() ? known : gathered(known);
      }
      case Scalar.Sampled(var of, _) -> count(of) == count ? visit(of) : outside(scalar);
      case Scalar.Dot(var a, var b) ->
          a.count() == count ? gathered(Math.max(visit(a), visit(b))) : outside(scalar);
      case Scalar.Computed(_, var arguments) ->
          arguments.stream().mapToInt(this::visit).max().orElse(0);
    };
  }

  /// Visits the numbers of a tensor's lines; returns how many passes must be over before they are
  /// known.
  public int visit(PerLine numbers) {
    return visited(numbers);
  }

  private int level(PerLine numbers) {
    return switch (numbers) {
      case PerLine.Statistic(_, var of, _) -> gathered(visit(of));
      case PerLine.Computed(_, var arguments) ->
          arguments.stream().mapToInt(this::visit).max().orElse(0);
    };
  }

  private int statistic(Scalar scalar, Elements of) {
    if (of.count() != count) {
      return outside(scalar);
    }
    int first = visit(of);
    int last = first + scalar.ownPasses() - 1;
    if (scalar.isFoundBySample()) {
      looking.set(first);
    } else {
      gathering.set(first);
    }
    return gathered(last);
  }

  private int outside(Scalar scalar) {
    foreign.add(scalar);
    return 0;
  }

  private int store(Matrix... matrices) {
    for (Matrix matrix : matrices) {
      inputs.addAll(matrix.tensors());
    }
    return 0;
  }

  private int store(StoredTensor tensor) {
    inputs.add(tensor);
    return 0;
  }

  /// How many elements a statistic goes over; -1 for one that goes over several tensors.
  public static long count(Scalar statistic) {
    return switch (statistic) {
      case Scalar.Statistic(_, var of) -> of.count();
      case Scalar.Quantile(var of, _, _, _) -> of.count();
      case Scalar.Ranked(var of, _) -> of.count();
      case Scalar.Greatest(var of, _) -> of.count();
      case Scalar.RankedAmong _ -> -1;
      case Scalar.Share share -> share.of().count();
      case Scalar.Dot(var a, _) -> a.count();
      case Scalar.Count(var of) -> of.count();
      case Scalar.Sampled(var of, _) -> count(of);
      case Scalar.Constant _, Scalar.Computed _, Scalar.Measured _ -> 0;
    };
  }
}
