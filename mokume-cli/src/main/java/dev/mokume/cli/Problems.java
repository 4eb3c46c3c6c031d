package dev.mokume.cli;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Supplier;

/// Everything that is wrong with a command's options, told at once.
final class Problems {
  private final List<Problem> problems = new ArrayList<>();

  void add(String message) {
    add(ErrorCode.INVALID_RECIPE, message);
  }

  void add(ErrorCode code, String message) {
    problems.add(new Problem(code, message));
  }

  /// What `value` gives, or `otherwise` with its problems noted.
  <T> T collect(T otherwise, Supplier<T> value) {
    try {
      return value.get();
    } catch (MokumeException e) {
      problems.addAll(e.problems());
      return otherwise;
    }
  }

  /// What `parse` gives of each text, with the problems of the others noted.
  <T> List<T> collectAll(List<String> texts, Function<String, T> parse) {
    List<T> values = new ArrayList<>();
    for (String text : texts) {
      try {
        values.add(parse.apply(text));
      } catch (MokumeException e) {
        problems.addAll(e.problems());
      }
    }
    return values;
  }

  /// As [#collect], with `option: ` before each message.
  <T> T collect(String option, T otherwise, Supplier<T> value) {
    try {
      return value.get();
    } catch (MokumeException e) {
      e.problems().forEach(problem -> add(problem.code(), option + ": " + problem.message()));
      return otherwise;
    }
  }

  /// A number in 0..1.
  double share(String option, double value) {
    if (value >= 0 && value <= 1) {
      return value;
    }
    add(option + " must be in [0, 1] but was " + value + ".");
    return 0;
  }

  /// The constant that is called `text`, with `-` for `_`, in any case; the first one if there is
  /// none.
  <E extends Enum<E>> E oneOf(String option, String text, E[] values) {
    List<String> ids = Arrays.stream(values).map(Problems::id).toList();
    int index = ids.indexOf(text.toLowerCase(Locale.ROOT).replace('_', '-'));
    if (index >= 0) {
      return values[index];
    }
    add(unknown(option + ": there is no", text, ids));
    return values[0];
  }

  void throwIfAny() {
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
  }

  /// `there is no method 'slurp'; did you mean 'slerp'? Choose from lerp, slerp.`
  static String unknown(String start, String text, List<String> known) {
    return start
        + " '"
        + text
        + "'"
        + Nearest.ending(text, known)
        + " Choose from "
        + String.join(", ", known)
        + ".";
  }

  static String id(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
