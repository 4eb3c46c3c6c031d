package dev.mokume.error;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// Which Mokume this is.
public final class Version {
  private Version() {}

  /// As in `0.1.0`.
  public static String current() {
    try (InputStream text = Version.class.getResourceAsStream("/dev/mokume/version.txt")) {
      if (text == null) {
        throw new IllegalStateException(
            "the resource dev/mokume/version.txt is missing from the library");
      }
      return new String(text.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
