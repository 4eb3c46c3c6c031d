package dev.mokume.architecture;

/// Numbers in dotted names.
final class Segments {
  private Segments() {}

  /// The number that starts at `from`, if it is a whole segment of `name` and fits six digits; else
  /// -1.
  static int number(String name, int from) {
    int end = from;
    int value = 0;
    while (end < name.length() && Character.isDigit(name.charAt(end)) && end - from < 6) {
      value = value * 10 + (name.charAt(end) - '0');
      end++;
    }
    boolean wholeSegment = end > from && (end == name.length() || name.charAt(end) == '.');
    return wholeSegment ? value : -1;
  }

  /// The number right after `prefix`, if `name` starts with it; else -1.
  static int numberAfter(String name, String prefix) {
    return name.startsWith(prefix) ? number(name, prefix.length()) : -1;
  }

  /// `family` with a number of at least two digits: `IN04`.
  static String numbered(String family, int number) {
    return number < 10 ? family + "0" + number : family + number;
  }
}
