package dev.mokume.recipe;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.internal.yaml.YamlText;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A tree of maps, lists, texts, numbers and truth values as one line of JSON that is YAML too.
final class JsonText {
  private final StringBuilder text = new StringBuilder();
  private int depth;

  private JsonText() {}

  static String of(Object tree) {
    JsonText json = new JsonText();
    json.write(tree);
    return json.text.toString();
  }

  private void write(Object value) {
    switch (value) {
      case Map<?, ?> map -> writeMap(map);
      case List<?> list -> writeList(list);
      case String string -> writeText(string);
      case Double number -> text.append(Numbers.shortest(number));
      case Long number -> text.append(number.longValue());
      case Integer number -> text.append(number.intValue());
      case Boolean bool -> text.append(bool.booleanValue());
      default -> throw new IllegalArgumentException("no JSON for " + value.getClass());
    }
  }

  /// What could not be read again is not written.
  private void enter() {
    if (++depth > YamlText.MAX_DEPTH) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "the recipe nests expressions so that its text would have lists and maps more than "
              + YamlText.MAX_DEPTH
              + " deep. Give inner parts a name among its weights, masks or ratios, and use the"
              + " name.");
    }
  }

  private void writeMap(Map<?, ?> map) {
    enter();
    text.append('{');
    String separator = "";
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      text.append(separator);
      writeText(String.valueOf(entry.getKey()));
      // YAML wants the space; JSON does not mind it.
      text.append(": ");
      write(entry.getValue());
      separator = ", ";
    }
    text.append('}');
    depth--;
  }

  private void writeList(List<?> list) {
    enter();
    text.append('[');
    String separator = "";
    for (Object value : list) {
      text.append(separator);
      write(value);
      separator = ", ";
    }
    text.append(']');
    depth--;
  }

  private void writeText(String string) {
    text.append('"');
    string.codePoints().forEach(this::writeCharacter);
    text.append('"');
  }

  /// Beyond what JSON asks for, whatever YAML calls not printable is escaped, or a reader would
  /// refuse it.
  private void writeCharacter(int c) {
    switch (c) {
      case '"' -> text.append("\\\"");
      case '\\' -> text.append("\\\\");
      case '\n' -> text.append("\\n");
      case '\t' -> text.append("\\t");
      default -> {
        boolean printable =
            (c >= 0x20 && c < 0x7F) || (c >= 0xA0 && c < 0xD800) || (c >= 0xE000 && c < 0xFEFF);
        if (c == 0x2028 || c == 0x2029 || (c < 0x10000 && !printable)) {
          text.append(String.format(Locale.ROOT, "\\u%04x", c));
        } else {
          text.appendCodePoint(c);
        }
      }
    }
  }
}
