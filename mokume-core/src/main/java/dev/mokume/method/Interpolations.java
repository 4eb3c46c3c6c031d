package dev.mokume.method;

import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Function;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Scalar.Reduction;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Quirk;
import dev.mokume.tensor.Shape;
import java.util.List;
import java.util.Optional;

/// The ways to blend two tensors at t, the share of the second. Source: ComfyUI-DareMerge,
/// `ddare/merge.py`.
///
/// Departures: a method that does not fit the tensor's shape blends it linearly instead of failing;
/// a constant tensor and two (nearly) parallel ones give the linear blend instead of NaN, unless
/// the profile has [Quirk#NAN_BISLERP] and [Quirk#NAN_SLERP].
final class Interpolations {
  /// From this cosine on, two tensors count as parallel.
  static final double PARALLEL = 0.9995;

  private Interpolations() {}

  static Elements blend(
      Interpolation method, Elements a, Elements b, Shares shares, Shape shape, Compat compat) {
    double t = shares.later();
    if (compat.has(Quirk.HALF_ARITHMETIC)) {
      Optional<Elements> rounded = HalfArithmetic.blend(method, a, b, shares, shape, compat);
      if (rounded.isPresent()) {
        return rounded.get();
      }
    }
    Elements lerp = shares.blend(a, b);
    return switch (method) {
      case LINEAR, LERP -> lerp;
      case SLERP -> shape.rank() == 1 ? lerp : slerp(a, b, t);
      case SLICE ->
          shape.rank() == 2 ? byColumn(a, b, ColumnShares.slice(shape.dimension(1), t), lerp) : a;
      case CYCLIC ->
          shape.rank() == 2 ? byColumn(a, b, ColumnShares.cyclic(shape.dimension(1), t), lerp) : a;
      case GRADIENT ->
          shape.rank() == 2
              ? byColumn(a, b, ColumnShares.gradient(shape.dimension(1), t), lerp)
              : a;
      case HSLERP -> shape.rank() == 4 ? hslerp(a, b, lerp, t, shape) : lerp;
      case BISLERP -> bislerp(lerp, compat);
      case COLORIZE -> addScaled(a, subtract(b, a), t);
      case COSINE -> cosine(a, b, t);
      case CUBIC -> addScaled(a, subtract(b, a), 3 * (t * t) - 2 * (t * t * t));
      case SCALED_ADD -> divide(addScaled(a, b, t), 1 + t);
    };
  }

  /// Whether `method` cannot be applied to a tensor of that shape at t and blends it linearly
  /// instead.
  static boolean fallsBack(Interpolation method, Shape shape, double t) {
    return switch (method) {
      case HSLERP -> shape.rank() != 4;
      case SLICE -> shape.rank() == 2 && ColumnShares.slice(shape.dimension(1), t).isEmpty();
      case CYCLIC -> shape.rank() == 2 && ColumnShares.cyclic(shape.dimension(1), t).isEmpty();
      case LINEAR, LERP, SLERP, GRADIENT, BISLERP, COLORIZE, COSINE, CUBIC, SCALED_ADD -> false;
    };
  }

  private static Elements slerp(Elements a, Elements b, double t) {
    Scalar cosine =
        new Scalar.Computed(
            Function.DIVIDE,
            List.of(
                new Scalar.Dot(a, b),
                new Scalar.Computed(Function.MULTIPLY, List.of(unit(a), unit(b)))));
    List<Scalar> arguments = List.of(cosine, Scalar.constant(t), Scalar.constant(PARALLEL));
    return new Elements.Blend(
        a,
        new Scalar.Computed(Function.SLERP_FIRST, arguments),
        b,
        new Scalar.Computed(Function.SLERP_LATER, arguments));
  }

  /// The norm, or 1 for a tensor of zeros, which has no direction to normalise.
  private static Scalar unit(Elements a) {
    return new Scalar.Computed(Function.IF_ZERO, List.of(Scalar.norm(a), Scalar.constant(1)));
  }

  private static Elements bislerp(Elements lerp, Compat compat) {
    Scalar min = new Scalar.Statistic(Reduction.MIN, lerp);
    Scalar max = new Scalar.Statistic(Reduction.MAX, lerp);
    Scalar range = new Scalar.Computed(Function.SUBTRACT, List.of(max, min));
    Scalar divisor = divisor(range, compat);
    Elements unit =
        new Elements.WithScalar(
            Operator.DIVIDE, new Elements.WithScalar(Operator.SUBTRACT, lerp, min), divisor);
    return new Elements.WithScalar(
        Operator.ADD, new Elements.WithScalar(Operator.MULTIPLY, unit, divisor), min);
  }

  /// What a range is divided by: a constant tensor has none.
  static Scalar divisor(Scalar range, Compat compat) {
    return compat.has(Quirk.NAN_BISLERP)
        ? range
        : new Scalar.Computed(Function.IF_ZERO, List.of(range, Scalar.constant(1)));
  }

  private static Elements hslerp(Elements a, Elements b, Elements lerp, double t, Shape shape) {
    return new Elements.ShiftFirstChannel(
        lerp,
        subtract(b, a),
        shape.dimension(1),
        shape.dimension(2) * shape.dimension(3),
        t < 0.5 ? 6 : -6);
  }

  private static Elements cosine(Elements a, Elements b, double t) {
    double c = (float) StrictMath.cos((float) t * (float) Math.PI);
    Elements sum = new Elements.Binary(Operator.ADD, a, b);
    Elements wave = new Elements.WithScalar(Operator.MULTIPLY, subtract(a, b), Scalar.constant(c));
    return divide(new Elements.Binary(Operator.SUBTRACT, sum, wave), 2);
  }

  private static Elements byColumn(Elements a, Elements b, ColumnShares shares, Elements lerp) {
    return shares.isEmpty() ? lerp : new Elements.ByColumn(a, shares.first(), b, shares.later());
  }

  private static Elements subtract(Elements a, Elements b) {
    return new Elements.Binary(Operator.SUBTRACT, a, b);
  }

  private static Elements addScaled(Elements a, Elements b, double factor) {
    return new Elements.Binary(
        Operator.ADD, a, new Elements.WithScalar(Operator.MULTIPLY, b, Scalar.constant(factor)));
  }

  private static Elements divide(Elements a, double divisor) {
    return new Elements.WithScalar(Operator.DIVIDE, a, Scalar.constant(divisor));
  }
}
