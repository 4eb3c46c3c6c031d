package dev.mokume.method;

import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.FloatRounding;
import dev.mokume.expression.PerLine;
import dev.mokume.expression.Scalar;
import dev.mokume.tensor.DType;
import java.util.Collection;
import java.util.List;

/// Arithmetic on elements whose every result is rounded to `dtype`, as tools have it that compute
/// in the dtype of their tensors. In F32 that is what any arithmetic on elements does.
record Steps(DType dtype) {
  /// Mokume's own.
  static final Steps F32 = new Steps(DType.F32);

  /// Steps in the dtype of those tensors, if it is one half type for all; in F32 otherwise.
  static Steps of(Collection<Elements> tensors) {
    List<DType> dtypes = tensors.stream().map(HalfArithmetic::dtype).distinct().toList();
    boolean half = dtypes.equals(List.of(DType.F16)) || dtypes.equals(List.of(DType.BF16));
    return half ? new Steps(dtypes.getFirst()) : F32;
  }

  boolean areHalf() {
    return !dtype.equals(DType.F32);
  }

  FloatRounding rounding() {
    return FloatRounding.valueOf(dtype.name());
  }

  Elements add(Elements a, Elements b) {
    return rounded(new Elements.Binary(Operator.ADD, a, b));
  }

  Elements subtract(Elements a, Elements b) {
    return rounded(new Elements.Binary(Operator.SUBTRACT, a, b));
  }

  Elements multiply(Elements a, Elements b) {
    return rounded(new Elements.Binary(Operator.MULTIPLY, a, b));
  }

  Elements divide(Elements a, Elements b) {
    return rounded(new Elements.Binary(Operator.DIVIDE, a, b));
  }

  Elements multiply(Elements a, PerLine factor) {
    return multiply(a, new Elements.OfLine(factor));
  }

  Elements divide(Elements a, PerLine divisor) {
    return divide(a, new Elements.OfLine(divisor));
  }

  Elements multiply(Elements a, Scalar factor) {
    return rounded(new Elements.WithScalar(Operator.MULTIPLY, a, factor));
  }

  Elements multiply(Elements a, double factor) {
    return multiply(a, Scalar.constant(number(factor)));
  }

  Elements add(Elements a, double number) {
    return rounded(new Elements.WithScalar(Operator.ADD, a, Scalar.constant(number(number))));
  }

  /// The sum of all, which is rounded once.
  Elements sum(List<Elements> all) {
    Elements sum = all.getFirst();
    for (Elements one : all.subList(1, all.size())) {
      sum = new Elements.Binary(Operator.ADD, sum, one);
    }
    return rounded(sum);
  }

  Elements rounded(Elements a) {
    return areHalf() ? new Elements.Rounded(a, dtype) : a;
  }

  /// A number as it meets elements.
  double number(double x) {
    return areHalf() ? rounding().round(x) : x;
  }
}
