package dev.mokume.method;

import dev.mokume.error.Nearest;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/// Finds what a person meant by a tensor name, or the beginning of one, that no tensor has.
final class NearNames {
  /// Edit distances to more names than this take too long for an error message.
  private static final int MAX_CANDIDATES = 5_000;

  private final Collection<String> names;

  NearNames(Collection<String> names) {
    this.names = names;
  }

  /// `; did you mean 'x'?` or a full stop.
  String suggestion(String pattern) {
    return inside(pattern)
        .or(() -> Nearest.to(pattern, beginnings(segments(pattern))))
        .map(near -> "; did you mean '" + near + "'?")
        .orElse(".");
  }

  /// `pattern` completed to the left, if some name has it in its midst.
  private Optional<String> inside(String pattern) {
    String middle = "." + strip(pattern) + ".";
    if (middle.length() == 2) {
      return Optional.empty();
    }
    return names.stream()
        .filter(name -> name.contains(middle))
        .map(name -> name.substring(0, name.indexOf(middle) + middle.length() - 1))
        .findFirst();
  }

  /// The distinct beginnings of so many segments.
  private Set<String> beginnings(int segments) {
    Set<String> beginnings = new LinkedHashSet<>();
    for (String name : names) {
      for (String spelling : DiffusionName.spellings(name)) {
        beginnings.add(beginning(spelling, segments));
      }
      if (beginnings.size() >= MAX_CANDIDATES) {
        break;
      }
    }
    return beginnings;
  }

  private static String beginning(String name, int segments) {
    int end = -1;
    for (int i = 0; i < segments && end < name.length(); i++) {
      int dot = name.indexOf('.', end + 1);
      end = dot < 0 ? name.length() : dot;
    }
    return name.substring(0, end);
  }

  private static int segments(String pattern) {
    return (int) strip(pattern).chars().filter(c -> c == '.').count() + 1;
  }

  private static String strip(String pattern) {
    int start = pattern.startsWith(".") ? 1 : 0;
    int end =
        pattern.length() > start && pattern.endsWith(".") ? pattern.length() - 1 : pattern.length();
    return pattern.substring(start, end);
  }
}
