package dev.mokume.cli;

import java.util.ArrayList;
import java.util.List;

/// Text broken at blanks, so that a terminal need not break it in the middle of a word.
final class WrappedText {
  /// What every terminal has room for, and help texts keep to.
  static final int WIDTH = 100;

  private WrappedText() {}

  /// Lines of at most `width` characters; a word that is longer has a line of its own. At least one
  /// line.
  static List<String> lines(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
