package dev.mokume.error;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// The nearest known name to one that is not known, for "did you mean".
public final class Nearest {
  private Nearest() {}

  /// The candidate with the smallest edit distance to `name` (case ignored), if it is near enough
  /// to be a slip: at most a third of the longer name's length. The first of equally near
  /// candidates wins.
  public static Optional<String> to(String name, Collection<String> candidates) {
    String wanted = name.toLowerCase(java.util.Locale.ROOT);
    return candidates.stream()
        .map(candidate ->
            new Scored(candidate, distance(wanted, candidate.toLowerCase(java.util.Locale.ROOT))))
        .filter(scored -> scored.distance * 3 <= Math.max(wanted.length(), scored.name.length()))
        .min(Comparator.comparingInt(Scored::distance))
        .map(Scored::name);
  }

  /// `; did you mean 'x'?` or nothing, ready to be appended to a message.
  public static String suggestion(String name, Collection<String> candidates) {
    return question(name, candidates).orElse("");
  }

  /// How a sentence about a name that is not known ends: `; did you mean 'x'?`, or with a full
  /// stop.
  public static String ending(String name, Collection<String> candidates) {
    return question(name, candidates).orElse(".");
  }

  private static Optional<String> question(String name, Collection<String> candidates) {
    return to(name, candidates).map(near -> "; did you mean '" + near + "'?");
  }

  private record Scored(String name, int distance) {}

  /// Insertions, deletions, replacements, and swaps of neighbours, each of which counts one.
  private static int distance(String a, String b) {
    int[] beforePrevious = new int[b.length() + 1];
    int[] previous = new int[b.length() + 1];
    int[] current = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(substitution, 1 + Math.min(previous[j], current[j - 1]));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          current[j] = Math.min(current[j], beforePrevious[j - 2] + 1);
        }
      }
      int[] free = beforePrevious;
      beforePrevious = previous;
      previous = current;
      current = free;
    }
    return previous[b.length()];
  }
}
