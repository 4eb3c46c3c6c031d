package dev.mokume.method;

import dev.mokume.expression.Elements;
import dev.mokume.expression.Scalar;

/// How much of two models goes into one tensor. The two are kept apart since `1 - (1 - x)` is not
/// always `x`.
record Shares(double first, double later) {
  /// `first * a + later * b` as ComfyUI's patch rule has it: a factor of 1 is not multiplied with,
  /// and a share of 0 is not added, so that NaN and infinity of a model that has no share do not
  /// spread.
  Elements blend(Elements a, Elements b) {
    if (later == 0) {
      return first == 1
          ? a
          : new Elements.WithScalar(Elements.Operator.MULTIPLY, a, Scalar.constant(first));
    }
    if (first == 0) {
      return later == 1
          ? b
          : new Elements.WithScalar(Elements.Operator.MULTIPLY, b, Scalar.constant(later));
    }
    return new Elements.Blend(a, Scalar.constant(first), b, Scalar.constant(later));
  }
}
