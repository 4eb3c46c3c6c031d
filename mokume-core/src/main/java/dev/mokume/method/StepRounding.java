package dev.mokume.method;

import dev.mokume.expression.Elements;
import dev.mokume.expression.Scalar;
import dev.mokume.recipe.Quirk;
import dev.mokume.tensor.DType;

/// mergekit's arithmetic on half types, where a profile asks for it: numbers and the result of
/// every step are rounded to the dtype of the tensor at hand. Elsewhere nothing is rounded before
/// the end.
final class StepRounding {
  private final Lowering lowering;

  StepRounding(Lowering lowering) {
    this.lowering = lowering;
  }

  /// Whether the steps of the tensor at hand are rounded.
  boolean isOn() {
    return lowering.compat().has(Quirk.STEPWISE_ROUNDING)
        && (dtype().equals(DType.F16) || dtype().equals(DType.BF16));
  }

  /// Whether the steps of keeping part of a delta are rounded too: mergekit keeps part of a BF16
  /// delta in BF16, but of an F16 one in F32.
  boolean isOnForParts() {
    return isOn() && dtype().equals(DType.BF16);
  }

  private DType dtype() {
    return lowering.target().dtype();
  }

  Elements step(Elements elements) {
    return isOn() ? new Elements.Rounded(elements, dtype()) : elements;
  }

  Scalar step(double number) {
    Scalar constant = Scalar.constant(number);
    return isOn() ? HalfArithmetic.rounded(constant, dtype()) : constant;
  }

  /// A step of keeping part of a delta.
  Elements partStep(Elements elements) {
    return isOnForParts() ? new Elements.Rounded(elements, DType.BF16) : elements;
  }

  Scalar partStep(Scalar number) {
    return isOnForParts() ? HalfArithmetic.rounded(number, DType.BF16) : number;
  }
}
