package dev.mokume.method;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Looks up what a recipe gave a name, and refuses a name that leads to itself.
final class Names<T> {
  private final String noun;
  private final Map<String, T> known;
  private final List<String> open = new ArrayList<>();

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
    if (open.contains(name)) {
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
    open.add(name);
    try {
      return use.apply(value);
    } finally {
      open.removeLast();
    }
  }
}
