package dev.mokume.cli;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The small real checkpoints that come with Mokume.
final class Samples {
  private static final String FIRST = "realcugan-up2x-no-denoise.safetensors";

  private final Path folder;

  private Samples(Path folder) {
    this.folder = folder;
  }

  /// @throws MokumeException if they are not where Mokume was started from
  static Samples of(Session session) {
    Optional<Path> folder =
        session.home().map(Samples::weights).filter(Samples::isThere).or(Samples::nearTheCode);
    return folder
        .map(Samples::new)
        .orElseThrow(() ->
            new MokumeException(
                ErrorCode.UNREADABLE_INPUT,
                "the demo's models (samples/weights) are not there. Start Mokume with ./mokume in"
                    + " its own folder, or say where that is with -Dmokume.home=FOLDER in"
                    + " MOKUME_JAVA_OPTIONS."));
  }

  Path noDenoise() {
    return folder.resolve(FIRST);
  }

  Path denoise1x() {
    return folder.resolve("realcugan-up2x-denoise1x.safetensors");
  }

  Path denoise3x() {
    return folder.resolve("realcugan-up2x-denoise3x.safetensors");
  }

  /// Somewhere above the jar that this class came in.
  private static Optional<Path> nearTheCode() {
    try {
      Path code =
          Path.of(Samples.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      for (Path above = code.getParent(); above != null; above = above.getParent()) {
        if (isThere(weights(above))) {
          return Optional.of(weights(above));
        }
      }
      return Optional.empty();
    } catch (URISyntaxException
        | IllegalArgumentException
        | java.nio.file.FileSystemNotFoundException e) {
      return Optional.empty();
    }
  }

  private static Path weights(Path home) {
    return home.resolve("samples").resolve("weights");
  }

  private static boolean isThere(Path folder) {
    return Files.isReadable(folder.resolve(FIRST));
  }
}
