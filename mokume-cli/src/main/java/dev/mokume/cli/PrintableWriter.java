package dev.mokume.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.Locale;

/// Where words go that names from files and command lines may stand in: control characters, which a
/// terminal would obey, are written as `\u001b`, which in JSON means the same. What makes lines is
/// left.
final class PrintableWriter extends Writer {
  private final PrintWriter to;

  PrintableWriter(PrintWriter to) {
    super(to);
    this.to = to;
  }

  @Override
  public void write(char[] text, int offset, int length) {
    int written = offset;
    for (int i = offset; i < offset + length; i++) {
      if (isObeyed(text[i])) {
        to.write(text, written, i - written);
        to.write(String.format(Locale.ROOT, "\\u%04x", (int) text[i]));
        written = i + 1;
      }
    }
    to.write(text, written, offset + length - written);
  }

  private static boolean isObeyed(char c) {
    return Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t';
  }

  /// @throws IOException if what was written has not arrived: a [PrintWriter] keeps it to itself
  @Override
  public void flush() throws IOException {
    if (to.checkError()) {
      throw new IOException("has not arrived");
    }
  }

  @Override
  public void close() throws IOException {
    flush();
  }
}
