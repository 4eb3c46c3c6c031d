package dev.mokume.sweep;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A number of a recipe that is varied, and the values that it takes.
///
/// @param number its name, see [dev.mokume.recipe.RecipeNumbers]
/// @param values at least one, no two of them equal, without zeros at the end
public record Axis(String number, List<BigDecimal> values) {
  /// More values of one number than variants can be asked for.
  private static final int MOST = 1_000_000;

  private static final String DECIMAL = "-?\\d{1,19}(?:\\.\\d{1,18})?(?:[eE]-?\\d{1,2})?";
  private static final Pattern VALUE = Pattern.compile(DECIMAL);
  private static final Pattern RANGE =
      Pattern.compile("(%1$s)\\.\\.(%1$s)(?::(%1$s))?".formatted(DECIMAL));

  public Axis {
    Set<BigDecimal> distinct = new LinkedHashSet<>();
    for (BigDecimal value : values) {
      if (!distinct.add(canonical(value))) {
        throw invalid(number, "has the value " + text(value) + " twice.");
      }
    }
    values = List.copyOf(distinct);
    if (values.isEmpty()) {
      throw invalid(number, "has no values.");
    }
  }

  /// `seed=1..8`, `alpha=0.2,0.4`, `density=0.1..0.5:0.1` (in steps), and any mixture of these with
  /// commas between.
  ///
  /// @throws MokumeException `INVALID_RECIPE` if it is none of these
  public static Axis parse(String text) {
    int equals = text.indexOf('=');
    if (equals < 1 || equals == text.length() - 1) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          Quoted.name(text)
              + " does not say what to vary; write NAME=VALUES, as in seed=1..8, alpha=0.2,0.4 or"
              + " density=0.1..0.5:0.1.");
    }
    String number = text.substring(0, equals).strip();
    List<BigDecimal> values = new ArrayList<>();
    for (String part : text.substring(equals + 1).split(",", -1)) {
      values.addAll(values(number, part.strip()));
      if (values.size() > MOST) {
        throw tooMany(number);
      }
    }
    return new Axis(number, values);
  }

  private static List<BigDecimal> values(String number, String part) {
    if (VALUE.matcher(part).matches()) {
      return List.of(new BigDecimal(part));
    }
    Matcher range = RANGE.matcher(part);
    if (!range.matches()) {
      throw invalid(
          number,
          "cannot be "
              + Quoted.name(part)
              + "; write numbers with commas between, a range of whole numbers as in 1..8, or one"
              + " with steps as in 0.1..0.5:0.1.");
    }
    BigDecimal first = new BigDecimal(range.group(1));
    BigDecimal last = new BigDecimal(range.group(2));
    BigDecimal step = range.group(3) == null ? BigDecimal.ONE : new BigDecimal(range.group(3));
    boolean isWhole = first.stripTrailingZeros().scale() <= 0;
    if (range.group(3) == null && !isWhole) {
      throw invalid(
          number, "has the range " + part + " without a step; write " + part + ":0.1 or another.");
    }
    if (step.signum() <= 0 || first.compareTo(last) > 0) {
      throw invalid(
          number, "has the range " + part + ", which is empty; ranges rise, by a step above 0.");
    }
    if (last.subtract(first).divideToIntegralValue(step).compareTo(BigDecimal.valueOf(MOST)) >= 0) {
      throw tooMany(number);
    }
    List<BigDecimal> values = new ArrayList<>();
    for (BigDecimal at = first; at.compareTo(last) <= 0; at = at.add(step)) {
      values.add(at);
    }
    return values;
  }

  private static MokumeException tooMany(String number) {
    return invalid(number, "has more than a million values.");
  }

  private static MokumeException invalid(String number, String what) {
    return new MokumeException(ErrorCode.INVALID_RECIPE, Quoted.name(number) + " " + what);
  }

  /// The values as file names and tables have them.
  public List<String> labels() {
    return values.stream().map(Axis::text).toList();
  }

  private static BigDecimal canonical(BigDecimal value) {
    return value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
  }

  /// The value as file names and tables have it: `0.2`, `3`.
  static String text(BigDecimal value) {
    return canonical(value).toPlainString();
  }
}
