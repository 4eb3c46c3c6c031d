package dev.mokume.analysis;

import java.math.BigDecimal;
import java.math.RoundingMode;

/// How reports print numbers: `0.70`.
final class TwoDecimals {
  private TwoDecimals() {}

  /// The value rounded as it is stored, halves to even, as Python does: 0.125 is `0.12`, and what
  /// is rounded to nothing keeps its sign.
  static String of(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    BigDecimal rounded = new BigDecimal(value).setScale(2, RoundingMode.HALF_EVEN);
    boolean lostItsSign = rounded.signum() == 0 && Math.copySign(1, value) < 0;
    return (lostItsSign ? "-" : "") + rounded.toPlainString();
  }
}
