package dev.mokume.analysis;

import dev.mokume.architecture.Component;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Bits.Operator;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Scalar.Reduction;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The sums over elements that a comparison is made of. Those of several tensors can be added.
///
/// `x` and `y` are the two task vectors, or the weights themselves where there is no base.
///
/// @param delta `|b - a|^2`
/// @param first `|a|^2`
/// @param x `|x|^2`
/// @param y `|y|^2`
/// @param dot the dot product of x and y
/// @param changed elements where a and b differ
/// @param signed elements that have a sign in x and in y
/// @param agreeing elements where it is the same
record Sums(
    double delta,
    double first,
    double x,
    double y,
    double dot,
    double changed,
    double signed,
    double agreeing) {
  static final Sums NONE = new Sums(0, 0, 0, 0, 0, 0, 0, 0);

  private static final Scalar ZERO = Scalar.constant(0);

  /// What has to be measured, in the order of the fields. All of it takes one pass.
  static List<Scalar> measures(Elements a, Elements b, Optional<Elements> base) {
    Elements delta = subtract(b, a);
    Elements x = base.map(from -> subtract(a, from)).orElse(a);
    Elements y = base.map(from -> subtract(b, from)).orElse(b);
    Bits positive = and(greater(x), greater(y));
    Bits negative = and(less(x), less(y));
    Bits signed = and(or(greater(x), less(x)), or(greater(y), less(y)));
    return List.of(
        squares(delta),
        squares(a),
        squares(x),
        squares(y),
        new Scalar.Dot(x, y),
        // Subnormals are kept, so a difference is zero only between equal numbers.
        new Scalar.Count(greater(new Elements.Magnitude(delta))),
        new Scalar.Count(signed),
        new Scalar.Count(or(positive, negative)));
  }

  /// @param measured as [#measures] orders them
  static Sums of(double[] measured) {
    return new Sums(
        measured[0],
        measured[1],
        measured[2],
        measured[3],
        measured[4],
        measured[5],
        measured[6],
        measured[7]);
  }

  /// Whether every value behind them, and every difference of two, was finite: f64 holds the sum of
  /// the squares of any f32.
  static boolean areFinite(double[] measured) {
    return Arrays.stream(measured).allMatch(Double::isFinite);
  }

  Sums plus(Sums other) {
    return new Sums(
        delta + other.delta,
        first + other.first,
        x + other.x,
        y + other.y,
        dot + other.dot,
        changed + other.changed,
        signed + other.signed,
        agreeing + other.agreeing);
  }

  Comparison.Row row(Component component, String block, int tensors, long elements) {
    return new Comparison.Row(
        component,
        block,
        tensors,
        elements,
        delta == 0 ? 0 : Math.sqrt(delta) / Math.sqrt(first),
        // The root of a square is exact, so that equal tensors have a cosine of exactly 1.
        Math.clamp(dot / Math.sqrt(x * y), -1, 1),
        agreeing / signed,
        changed / elements);
  }

  private static Elements subtract(Elements a, Elements b) {
    return new Elements.Binary(Elements.Operator.SUBTRACT, a, b);
  }

  private static Scalar squares(Elements of) {
    return new Scalar.Statistic(Reduction.SUM_OF_SQUARES, of);
  }

  private static Bits greater(Elements a) {
    return new Bits.Compare(Bits.Comparison.GREATER, a, ZERO);
  }

  private static Bits less(Elements a) {
    return new Bits.Compare(Bits.Comparison.LESS, a, ZERO);
  }

  private static Bits and(Bits a, Bits b) {
    return new Bits.Binary(Operator.AND, a, b);
  }

  private static Bits or(Bits a, Bits b) {
    return new Bits.Binary(Operator.OR, a, b);
  }
}
