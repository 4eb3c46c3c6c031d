package dev.mokume.method;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// Layer texts as ComfyUI-DareMerge reads them, flaws G4 and G5 included.
final class DareMergePatterns {
  private DareMergePatterns() {}

  /// White space goes first, so that lines run together; then the text is split at every comma, in
  /// braces or not.
  static List<Braces.Item> split(String text) {
    String solid =
        text.codePoints()
            .filter(c -> !Character.isWhitespace(c) && !Character.isSpaceChar(c))
            .mapToObj(Character::toString)
            .collect(Collectors.joining());
    return Arrays.stream(solid.split(",", -1))
        .filter(item -> !item.isEmpty())
        .map(item -> new Braces.Item(item, List.of(item)))
        .toList();
  }

  /// A dot is put after every pattern, so that only the beginning of a longer name can fit.
  static boolean selects(String pattern, String name) {
    if (pattern.startsWith("{")) {
      return false;
    }
    String dotted = pattern.endsWith(".") ? pattern : pattern + ".";
    if (dotted.indexOf('*') >= 0) {
      return Glob.matches(dotted + "*", name);
    }
    return name.startsWith(dotted) || name.endsWith(dotted);
  }
}
