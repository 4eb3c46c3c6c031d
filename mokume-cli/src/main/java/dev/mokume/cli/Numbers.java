package dev.mokume.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/// Numbers as people type them, whatever the locale.
final class Numbers {
  private static final Pattern REAL =
      Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,3})?");
  private static final Pattern WHOLE = Pattern.compile("-?\\d{1,19}");

  private Numbers() {}

  /// A finite number with a decimal point. Java's own reading would let `NaN`, `0x1p3` and `1f`
  /// pass, and makes infinity of `1e999`.
  static double real(String text) {
    if (!REAL.matcher(text).matches()) {
      boolean comma = REAL.matcher(text.replace(',', '.')).matches();
      throw new TypeConversionException(
          "'" + text + "' is not a number" + (comma ? "; write a point instead of the comma" : ""));
    }
    double value = Double.parseDouble(text);
    if (Double.isInfinite(value)) {
      throw new TypeConversionException("'" + text + "' is too large a number");
    }
    return value;
  }

  /// A list of finite numbers, one a model; what is wrong is told.
  static List<Double> reals(String option, String text, int wanted, Problems problems) {
    List<Double> numbers = reals(option, text, problems);
    if (numbers.size() != wanted) {
      problems.add(
          option
              + " needs "
              + wanted
              + (wanted == 1 ? " number" : " numbers")
              + ", one a model, but has "
              + numbers.size()
              + ": "
              + text);
    }
    return numbers;
  }

  /// As many numbers as there are in the text.
  static List<Double> reals(String option, String text, Problems problems) {
    List<Double> numbers = new ArrayList<>();
    for (String item : text.strip().split("[,;\\s]+")) {
      try {
        numbers.add(real(item));
      } catch (TypeConversionException e) {
        problems.add(option + ": " + e.getMessage() + ".");
        numbers.add(0.0);
      }
    }
    return numbers;
  }

  static long whole(String text, long largest) {
    if (!WHOLE.matcher(text).matches()) {
      throw new TypeConversionException("'" + text + "' is not a whole number");
    }
    try {
      long value = Long.parseLong(text);
      if (value <= largest && value >= -largest) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'" + text + "' is too large a number");
    }
    throw new TypeConversionException("'" + text + "' is too large a number");
  }
}
