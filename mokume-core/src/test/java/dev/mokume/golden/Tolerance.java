package dev.mokume.golden;

import dev.mokume.tensor.DType;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// How far a result may be from the expected one; the kinds of the golden data's `tol`.
sealed interface Tolerance {
  /// The same dtype and equal values; zeros of either sign are equal.
  record Exact() implements Tolerance {}

  /// `|x - e| <= absolute + relative * |e|`.
  record Relative(double relative, double absolute) implements Tolerance {}

  /// `|x - e| <= count` units in the last place of `dtype` at the largest operand. A tensor of
  /// another dtype must be equal, unless it was made of operands of that dtype.
  record UlpAtOperand(double count, DType dtype) implements Tolerance {}

  static Tolerance of(Fields tol) {
    return switch (tol.text("kind")) {
      case "exact" -> new Exact();
      case "rel" -> new Relative(tol.number("rel"), tol.number("abs"));
      case "ulp_at_operand" -> new UlpAtOperand(tol.number("ulp"), DType.of(tol.text("dtype")));
      default -> throw new IllegalArgumentException("unknown tolerance " + tol.text("kind"));
    };
  }

  /// The first difference beyond the tolerance, in words.
  ///
  /// @param operands the input tensors that belong to the result, element by element; those of
  ///   another size are not used
  default Optional<String> difference(
      GoldenTensor expected, GoldenTensor actual, List<GoldenTensor> operands) {
    if (!expected.shape().equals(actual.shape())) {
      return Optional.of("expected shape " + expected.shape() + ", got " + actual.shape());
    }
    DType dtype = counted(expected, operands);
    boolean exact =
        !(this instanceof Relative)
            && !(this instanceof UlpAtOperand(_, DType d) && d.equals(dtype));
    if (exact && !expected.dtype().equals(actual.dtype())) {
      return Optional.of("expected dtype " + expected.dtype() + ", got " + actual.dtype());
    }
    double[] wanted = expected.values();
    double[] got = actual.values();
    double[][] around =
        operands.stream()
            .filter(operand -> operand.count() == wanted.length)
            .map(GoldenTensor::values)
            .toArray(double[][]::new);
    for (int i = 0; i < wanted.length; i++) {
      double x = GoldenTensor.rounded(got[i], expected.dtype());
      double allowed = allowed(wanted[i], around, i, dtype);
      if (!isNear(wanted[i], x, allowed)) {
        return Optional.of(
            String.format(
                Locale.ROOT,
                "element %d of %d: expected %s, got %s (allowed %.3g)",
                i,
                wanted.length,
                wanted[i],
                x,
                allowed));
      }
    }
    return Optional.empty();
  }

  /// The dtype whose units count: that of the operands where the reference promoted them.
  private DType counted(GoldenTensor expected, List<GoldenTensor> operands) {
    boolean promoted =
        this instanceof UlpAtOperand(_, DType unit)
            && !operands.isEmpty()
            && operands.stream().allMatch(operand -> operand.dtype().equals(unit));
    return promoted ? operands.getFirst().dtype() : expected.dtype();
  }

  /// The allowed difference of two numbers that are not elements of a tensor.
  default double allowed(double expected) {
    return switch (this) {
      case Exact() -> 0;
      case Relative(double relative, double absolute) -> absolute + relative * Math.abs(expected);
      case UlpAtOperand(double count, DType dtype) -> count * ulp(Math.abs(expected), dtype);
    };
  }

  private double allowed(double expected, double[][] operands, int index, DType dtype) {
    return switch (this) {
      case Exact _, Relative _ -> allowed(expected);
      case UlpAtOperand(double count, DType unit) -> {
        if (!unit.equals(dtype)) {
          yield 0;
        }
        double largest = Double.isFinite(expected) ? Math.abs(expected) : 0;
        for (double[] operand : operands) {
          if (Double.isFinite(operand[index])) {
            largest = Math.max(largest, Math.abs(operand[index]));
          }
        }
        yield count * ulp(largest, unit);
      }
    };
  }

  /// Whether both are NaN, the same infinity, or finite and no further apart than `allowed`.
  static boolean isNear(double expected, double actual, double allowed) {
    if (Double.isNaN(expected) || Double.isNaN(actual)) {
      return Double.isNaN(expected) && Double.isNaN(actual);
    }
    if (Double.isInfinite(expected) || Double.isInfinite(actual)) {
      return expected == actual;
    }
    return Math.abs(actual - expected) <= allowed;
  }

  /// The distance of neighbouring values of `dtype` at `magnitude`.
  static double ulp(double magnitude, DType dtype) {
    int exponent = magnitude == 0 ? Integer.MIN_VALUE : Math.getExponent(magnitude);
    return switch (dtype.name()) {
      case "F16" -> Math.scalb(1.0, Math.max(exponent, -14) - 10);
      case "BF16" -> Math.scalb(1.0, Math.max(exponent, -126) - 7);
      default -> throw new IllegalArgumentException("no ulp_at_operand for " + dtype);
    };
  }
}
