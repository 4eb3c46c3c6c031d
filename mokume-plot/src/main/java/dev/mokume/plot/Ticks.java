package dev.mokume.plot;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/// Round numbers to mark on an axis.
final class Ticks {
  private Ticks() {}

  /// Multiples of 1, 2 or 5 times a power of ten in `[low, high]`, at most `most` of them.
  static List<Double> of(double low, double high, int most) {
    double step = step((high - low) / most);
    List<Double> ticks = new ArrayList<>();
    for (double i = Math.ceil(low / step); i * step <= high && ticks.size() < most; i++) {
      // 3 * 0.1 is not 0.3.
      ticks.add(new BigDecimal(i * step).round(new MathContext(12)).doubleValue());
    }
    return ticks;
  }

  /// The first of 1, 2, 5, 10, 20, ... that is not below `least`.
  static double step(double least) {
    double power = Math.pow(10, Math.floor(Math.log10(least)));
    for (int factor : new int[] {1, 2, 5}) {
      if (factor * power >= least) {
        return factor * power;
      }
    }
    return 10 * power;
  }

  /// The number in as few characters as it needs: `0.25`, `-3`, `1.5e-9`.
  static String label(double value) {
    BigDecimal exact = BigDecimal.valueOf(value == 0 ? 0 : value).stripTrailingZeros();
    int exponent = exact.precision() - exact.scale() - 1;
    if (value == 0) {
      return "0";
    }
    if (exponent >= -4 && exponent < 6) {
      return exact.toPlainString();
    }
    return exact.movePointLeft(exponent).stripTrailingZeros().toPlainString() + "e" + exponent;
  }
}
