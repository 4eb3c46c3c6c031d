package dev.mokume.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// What this build calls itself.
final class Version {
  private Version() {}

  /// As in `mokume 0.1.0`.
  static String line() {
    try (InputStream in = Version.class.getResourceAsStream("version.txt")) {
      String version =
          in == null ? "unknown" : new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
      return "mokume " + version;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
