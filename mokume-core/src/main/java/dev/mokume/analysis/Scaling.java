package dev.mokume.analysis;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Quoted;
import dev.mokume.tensor.TensorValues;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/// What a tensor's values are divided by before they are drawn. Source: ComfyUI-DareMerge, Model
/// Reporting.
///
/// All but `LOG` divide by one number of the whole tensor, in f64. Where that number is 0 nothing
/// finite comes out, and a picture shows that.
public enum Scaling {
  /// The values as they are.
  NONE,
  /// By their mean.
  MEAN,
  /// `sign(x) * ln|x|`: magnitudes below 1 change sides. 0 has no logarithm and becomes NaN.
  LOG,
  /// By their greatest.
  MAX,
  /// By their least.
  MIN,
  /// By their standard deviation, that of all n values and not of n - 1.
  STD;

  /// The name that people type: `mean`, `log`.
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The scaling of that id, in any case.
  ///
  /// @throws MokumeException `INVALID_RECIPE` if there is none
  public static Scaling parse(String id) {
    List<String> ids = Arrays.stream(values()).map(Scaling::id).toList();
    for (Scaling scaling : values()) {
      if (scaling.id().equalsIgnoreCase(id)) {
        return scaling;
      }
    }
    throw new MokumeException(
        ErrorCode.INVALID_RECIPE,
        "there is no scaling "
            + Quoted.name(id)
            + Nearest.ending(id, ids)
            + " It is one of "
            + String.join(", ", ids)
            + ".");
  }

  /// What becomes of each value of `tensor`.
  DoubleUnaryOperator of(TensorValues tensor) {
    return switch (this) {
      case NONE -> value -> value;
      case LOG -> value -> Math.signum(value) * StrictMath.log(Math.abs(value));
      case MEAN -> by(mean(tensor));
      case MAX -> by(greatest(tensor, 1));
      case MIN -> by(-greatest(tensor, -1));
      case STD -> by(deviation(tensor));
    };
  }

  private static DoubleUnaryOperator by(double divisor) {
    return value -> value / divisor;
  }

  /// The greatest of the values times `sign`; NaN if one is NaN.
  private static double greatest(TensorValues tensor, int sign) {
    double greatest = Double.NEGATIVE_INFINITY;
    for (long i = 0; i < tensor.spec().elementCount(); i++) {
      greatest = Math.max(greatest, sign * tensor.value(i));
    }
    return greatest;
  }

  private static double mean(TensorValues tensor) {
    double sum = 0;
    for (long i = 0; i < tensor.spec().elementCount(); i++) {
      sum += tensor.value(i);
    }
    return sum / tensor.spec().elementCount();
  }

  private static double deviation(TensorValues tensor) {
    double mean = mean(tensor);
    double squares = 0;
    for (long i = 0; i < tensor.spec().elementCount(); i++) {
      double distance = tensor.value(i) - mean;
      squares += distance * distance;
    }
    return Math.sqrt(squares / tensor.spec().elementCount());
  }
}
