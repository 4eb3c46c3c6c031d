package dev.mokume.plot;

/// How wide text is, estimated without a font, so that a drawing has the same places on every
/// machine. For a wide sans serif: in a narrower one the text ends earlier.
final class Lettering {
  private static final String ELLIPSIS = "…";

  private Lettering() {}

  /// @param size of the letters, in the unit of the result
  static double width(String text, double size, boolean bold) {
    double ems = text.codePoints().mapToDouble(Lettering::ems).sum();
    return ems * size * (bold ? 1.1 : 1);
  }

  /// As much of the text's beginning as has room, with an ellipsis if that is not all.
  static String fit(String text, double size, boolean bold, double room) {
    if (width(text, size, bold) <= room) {
      return text;
    }
    double left = room - width(ELLIPSIS, size, bold);
    int end = 0;
    while (end < text.length()) {
      int point = text.codePointAt(end);
      left -= ems(point) * size * (bold ? 1.1 : 1);
      if (left < 0) {
        break;
      }
      end += Character.charCount(point);
    }
    return text.substring(0, end).stripTrailing() + ELLIPSIS;
  }

  private static double ems(int point) {
    if ("ijl'|!.,:;I".indexOf(point) >= 0) {
      return 0.33;
    } else if ("frt()[]{}-/\\ \"".indexOf(point) >= 0) {
      return 0.42;
    } else if ("mMwW%@…".indexOf(point) >= 0) {
      return 1;
    } else if (point >= 0x1100) {
      return 1.05;
    }
    return Character.isUpperCase(point) ? 0.72 : 0.635;
  }
}
