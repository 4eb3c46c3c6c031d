package dev.mokume.internal.safetensors;

import java.util.Comparator;
import java.util.HexFormat;

/// Text in a header that we write. The bytes are part of what makes an output canonical, so they
/// are settled here and not by a library: only what JSON demands is escaped, everything else is
/// UTF-8 as it is.
final class JsonText {
  /// The order of the texts' UTF-8 bytes, which is that of their code points; Java's own order is
  /// that of UTF-16.
  static final Comparator<String> UTF_8_ORDER = JsonText::compare;

  private JsonText() {}

  static StringBuilder append(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      appendEscaped(json, text.charAt(i));
    }
    return json.append('"');
  }

  private static void appendEscaped(StringBuilder json, char c) {
    switch (c) {
      case '"' -> json.append("\\\"");
      case '\\' -> json.append("\\\\");
      case '\b' -> json.append("\\b");
      case '\f' -> json.append("\\f");
      case '\n' -> json.append("\\n");
      case '\r' -> json.append("\\r");
      case '\t' -> json.append("\\t");
      default -> {
        if (c < ' ') {
          json.append("\\u").append(HexFormat.of().toHexDigits(c));
        } else {
          json.append(c);
        }
      }
    }
  }

  private static int compare(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean bothOrNeither = Character.isSurrogate(x) == Character.isSurrogate(y);
        // A surrogate stands for a code point above all that one char can hold.
        return bothOrNeither ? Character.compare(x, y) : Character.isSurrogate(x) ? 1 : -1;
      }
    }
    return Integer.compare(a.length(), b.length());
  }
}
