package dev.mokume.method;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;

/// Looks up what a recipe gave a name, and refuses a name that leads to itself.
final class Names<T> {
  private final String noun;
  private final Map<String, T> known;
  private final SequencedSet<String> open = new LinkedHashSet<>();

  /// @param noun what the names are of, for messages
  Names(String noun, Map<String, T> known) {
    this.noun = noun;
    this.known = known;
  }

  /// Calls `use` with what `name` stands for.
  <R> R with(String name, java.util.function.Function<T, R> use) {
    T value = known.get(name);
    if (value == null) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "the recipe has no "
              + noun
              + " called '"
              + name
              + "'"
              + Nearest.suggestion(name, known.keySet()));
    }
    if (!open.add(name)) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "the recipe's "
              + noun
              + " '"
              + name
              + "' is made from itself: "
              + String.join(" -> ", open)
              + " -> "
              + name);
    }
    try {
      return use.apply(value);
    } finally {
      open.remove(name);
    }
  }
}
