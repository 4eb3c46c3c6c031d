package dev.mokume.lowrank;

import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.Note;
import java.util.function.BooleanSupplier;

/// How a LoRA is made. Nothing here changes the factors that come out.
///
/// @param threads at least 1
/// @param memory bytes of native memory that all threads together may take
/// @param fingerprints whether the inputs' SHA-256 go into the output's metadata
/// @param output how the file comes into being
/// @param cancelled asked often
/// @param progress told often
public record RunSettings(
    int threads,
    long memory,
    boolean fingerprints,
    AtomicFileOutput.Options output,
    BooleanSupplier cancelled,
    Progress progress) {
  /// Told how far the work is, and of its inputs.
  @FunctionalInterface
  public interface Progress {
    /// @param done of `total`, in bytes of f32 that took part in a product
    void advanced(long done, long total);

    /// Told of each input how it was read, and what of it was passed over.
    default void told(Note note) {}

    /// Told what is done as asked, but is hardly what was meant.
    default void warned(String message) {}
  }

  public RunSettings {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1 but was " + threads);
    }
  }
}
