package dev.mokume.error;

import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/// Names that come from a file, made safe and short enough to stand in a message: a name in a file
/// is not trusted, and a terminal obeys control characters.
public final class Quoted {
  private static final int LONGEST = 300;
  private static final int HALF = 140;

  private Quoted() {}

  /// `'name'`, with control, formatting and unpaired surrogate characters as `\u001b`, and the
  /// middle of a name of more than 300 characters left out.
  public static String name(String name) {
    if (name.length() <= LONGEST) {
      return "'" + printable(name) + "'";
    }
    String start = printable(name.substring(0, HALF));
    String end = printable(name.substring(name.length() - HALF));
    return "'" + start + "...' (" + Amount.count(name.length()) + " characters) '..." + end + "'";
  }

  /// The first `shown` names, and how many more there are: `'a', 'b' and 3 more`.
  public static String list(Collection<String> names, int shown) {
    String first = names.stream().limit(shown).map(Quoted::name).collect(Collectors.joining(", "));
    int more = names.size() - shown;
    return more > 0 ? first + " and " + Amount.count(more) + " more" : first;
  }

  /// The text with control, formatting and unpaired surrogate characters as `\u001b`.
  public static String printable(String text) {
    if (text.codePoints().allMatch(Quoted::isPrintable)) {
      return text;
    }
    StringBuilder printable = new StringBuilder(text.length());
    text.codePoints()
        .forEach(point -> {
          if (isPrintable(point)) {
            printable.appendCodePoint(point);
          } else {
            printable.append("\\u").append(String.format(Locale.ROOT, "%04x", point));
          }
        });
    return printable.toString();
  }

  private static boolean isPrintable(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
