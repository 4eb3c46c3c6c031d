package dev.mokume.cli;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;

/// Where results go. A [java.io.PrintWriter] keeps an [IOException] to itself, and what a full disk
/// took half of would pass for a whole document.
final class StandardOutput extends OutputStream {
  private final OutputStream out;
  private boolean failed;

  StandardOutput(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  /// @throws MokumeException `IO_FAILED`, once
  /// @throws IOException for what comes after that, and for all that a reader who has gone would
  ///   have read: [java.io.PrintWriter#checkError] tells of it
  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (failed) {
      throw new IOException("has failed before");
    }
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      failed = true;
      if (isWithoutReader(e)) {
        throw e;
      }
      throw new MokumeException(
          ErrorCode.IO_FAILED, "the standard output cannot be written: " + Reason.of(e) + ".", e);
    }
  }

  /// `mokume methods | head` is nobody's fault. Most languages have the word for it.
  private static boolean isWithoutReader(IOException e) {
    return Reason.of(e).toLowerCase(Locale.ROOT).contains("pipe");
  }
}
