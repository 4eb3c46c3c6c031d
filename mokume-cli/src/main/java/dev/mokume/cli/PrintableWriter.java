package dev.mokume.cli;

import dev.mokume.error.Quoted;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;

/// Where words go that names from files and command lines may stand in: control and formatting
/// characters, which a terminal would obey, are written as `\u001b`. What makes lines is left.
final class PrintableWriter extends Writer {
  private final PrintWriter to;

  /// The first half of a character whose second half has not been written yet; or nothing.
  private String half = "";

  PrintableWriter(PrintWriter to) {
    super(to);
    this.to = to;
  }

  @Override
  public void write(char[] text, int offset, int length) {
    String all = half + new String(text, offset, length);
    int whole = all.length();
    if (whole > 0 && Character.isHighSurrogate(all.charAt(whole - 1))) {
      whole--;
    }
    half = all.substring(whole);
    to.write(Quoted.printableLines(all.substring(0, whole)));
  }

  /// @throws IOException if what was written has not arrived: a [PrintWriter] keeps it to itself
  @Override
  public void flush() throws IOException {
    to.write(Quoted.printableLines(half));
    half = "";
    if (to.checkError()) {
      throw new IOException("has not arrived");
    }
  }

  @Override
  public void close() throws IOException {
    flush();
  }
}
