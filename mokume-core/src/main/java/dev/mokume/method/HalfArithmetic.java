package dev.mokume.method;

import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Function;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Scalar.Reduction;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Quirk;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The arithmetic of DareMerge on half types, where it shows: numbers and the result of every
/// operation are rounded to the tensors' dtype. Only profiles with [Quirk#HALF_ARITHMETIC] use it;
/// Mokume computes in f32 and rounds once.
///
/// Of the methods, those whose result the rounding moves far are here: the linear blend (over
/// several iterations of DARE), the rescaled one, and the spherical one in bf16, which has no
/// number between 0.9995 and 1.
final class HalfArithmetic {
  private final DType dtype;
  private final Compat compat;

  private HalfArithmetic(DType dtype, Compat compat) {
    this.dtype = dtype;
    this.compat = compat;
  }

  /// The blend of two tensors, if rounding matters for it.
  static Optional<Elements> blend(
      Interpolation method, Elements a, Elements b, Shares shares, Shape shape, Compat compat) {
    DType first = dtype(a);
    DType later = dtype(b);
    if (!isHalf(first)) {
      return Optional.empty();
    }
    HalfArithmetic half = new HalfArithmetic(first, compat);
    boolean spherical = method == Interpolation.SLERP && shape.rank() != 1;
    if (method == Interpolation.LERP || (method == Interpolation.SLERP && !spherical)) {
      return Optional.of(half.lerp(a, b, later, shares));
    }
    if (!first.equals(later)) {
      return Optional.empty();
    }
    if (method == Interpolation.BISLERP) {
      return Optional.of(half.bislerp(half.lerp(a, b, later, shares)));
    }
    return spherical && first.equals(DType.BF16)
        ? Optional.of(half.slerp(a, b, shares.later()))
        : Optional.empty();
  }

  /// `x` rounded to `dtype`, if that is a half type.
  static Scalar rounded(Scalar x, DType dtype) {
    return isHalf(dtype) ? roundedToHalf(x, dtype) : x;
  }

  /// The dtype that the reference has elements in: a half type where they are a tensor as stored or
  /// were rounded.
  static DType dtype(Elements elements) {
    Set<DType> found = new HashSet<>();
    Set<Elements> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Elements> open = new ArrayDeque<>(List.of(elements));
    while (!open.isEmpty() && found.size() < 2) {
      Elements next = open.pop();
      if (next instanceof Elements.Select(_, var whenSet, var whenClear)) {
        // Iterations of DARE under a mask select from each other: each is looked at once.
        if (seen.add(next)) {
          open.push(whenClear);
          open.push(whenSet);
        }
      } else {
        found.add(dtypeOfOne(next));
      }
    }
    return found.size() == 1 ? found.iterator().next() : DType.F32;
  }

  private static DType dtypeOfOne(Elements elements) {
    return switch (elements) {
      case Elements.Stored(var tensor) -> tensor.spec().dtype();
      case Elements.Rounded(_, var dtype) -> dtype;
      case Elements.RoundedAtRandom(_, _, var dtype) -> dtype;
      case Elements.Blend _,
          Elements.Binary _,
          Elements.WithScalar _,
          Elements.Magnitude _,
          Elements.Trimmed _,
          Elements.Select _,
          Elements.OfLine _,
          Elements.Applied _ ->
          DType.F32;
      case Elements.Product _,
          Elements.Kronecker _,
          Elements.Spread _,
          Elements.Pooled _,
          Elements.Norms _,
          Elements.MixedRows _,
          Elements.MixedColumns _ ->
          DType.F32;
      case Elements.Constant _, Elements.Elected _, Elements.RowRanks _ -> DType.F32;
      case Elements.ByColumn _,
          Elements.ShiftFirstChannel _,
          Elements.Mapped _,
          Elements.Whole _,
          Elements.Uniform _,
          Elements.Normal _ ->
          DType.F32;
    };
  }

  private static boolean isHalf(DType dtype) {
    return dtype.equals(DType.F16) || dtype.equals(DType.BF16);
  }

  private Elements lerp(Elements a, Elements b, DType later, Shares shares) {
    Elements ofA = product(a, rounded(Scalar.constant(shares.first())));
    if (!later.equals(dtype)) {
      Elements ofB = new Elements.WithScalar(Operator.MULTIPLY, b, Scalar.constant(shares.later()));
      return new Elements.Binary(Operator.ADD, ofA, ofB);
    }
    return sum(ofA, product(b, rounded(Scalar.constant(shares.later()))));
  }

  private Elements bislerp(Elements lerp) {
    Scalar min = new Scalar.Statistic(Reduction.MIN, lerp);
    Scalar max = new Scalar.Statistic(Reduction.MAX, lerp);
    Scalar range = rounded(new Scalar.Computed(Function.SUBTRACT, List.of(max, min)));
    Scalar divisor = Interpolations.divisor(range, compat);
    Elements unit =
        rounded(
            new Elements.WithScalar(
                Operator.DIVIDE,
                rounded(new Elements.WithScalar(Operator.SUBTRACT, lerp, min)),
                divisor));
    return rounded(new Elements.WithScalar(Operator.ADD, product(unit, divisor), min));
  }

  private Elements slerp(Elements a, Elements b, double t) {
    Elements products = rounded(new Elements.Binary(Operator.MULTIPLY, unit(a), unit(b)));
    Scalar cosine = rounded(new Scalar.Statistic(Reduction.SUM, products));
    // bf16 has no number between the limit and 1, which the limit itself rounds to.
    double limit = compat.has(Quirk.NAN_SLERP) ? 1 : Interpolations.PARALLEL;
    List<Scalar> arguments = List.of(cosine, Scalar.constant(t), Scalar.constant(limit));
    return sum(
        product(a, new Scalar.Computed(Function.SLERP_FIRST_BF16, arguments)),
        product(b, new Scalar.Computed(Function.SLERP_LATER_BF16, arguments)));
  }

  private Elements unit(Elements a) {
    Scalar norm =
        new Scalar.Computed(Function.IF_ZERO, List.of(rounded(Scalar.norm(a)), Scalar.constant(1)));
    return rounded(new Elements.WithScalar(Operator.DIVIDE, a, norm));
  }

  private Elements product(Elements a, Scalar factor) {
    return rounded(new Elements.WithScalar(Operator.MULTIPLY, a, factor));
  }

  private Elements sum(Elements a, Elements b) {
    return rounded(new Elements.Binary(Operator.ADD, a, b));
  }

  private Elements rounded(Elements a) {
    return new Elements.Rounded(a, dtype);
  }

  private Scalar rounded(Scalar x) {
    return roundedToHalf(x, dtype);
  }

  private static Scalar roundedToHalf(Scalar x, DType dtype) {
    Function rounding = dtype.equals(DType.F16) ? Function.ROUND_F16 : Function.ROUND_BF16;
    return new Scalar.Computed(rounding, List.of(x));
  }
}
