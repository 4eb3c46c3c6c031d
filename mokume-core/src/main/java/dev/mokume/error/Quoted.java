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

  /// The text with control, formatting and unpaired surrogate characters as `\u001b`, which in JSON
  /// means the same.
  public static String printable(String text) {
    return printable(text, "");
  }

  /// The same of text with lines and columns: what makes them is left.
  public static String printableLines(String text) {
    return printable(text, "\n\r\t");
  }

  private static String printable(String text, String left) {
    StringBuilder printable = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); ) {
      int point = text.codePointAt(i);
      int end = i + Character.charCount(point);
      if (isPrintable(point) || left.indexOf(point) >= 0) {
        printable.appendCodePoint(point);
      } else {
        // What has two units, beyond the first 65,536 characters, is written so in JSON too.
        for (int unit = i; unit < end; unit++) {
          printable.append(String.format(Locale.ROOT, "\\u%04x", (int) text.charAt(unit)));
        }
      }
      i = end;
    }
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
