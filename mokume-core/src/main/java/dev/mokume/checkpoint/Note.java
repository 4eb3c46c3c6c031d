package dev.mokume.checkpoint;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import java.util.Objects;

/// Something that a person should be told about how a checkpoint was read.
///
/// @param text whole sentences that begin with the checkpoint's name
public record Note(Kind kind, String text) {
  /// How much it matters.
  public enum Kind {
    /// How the file was understood, for example where in it the weights were found.
    READING,
    /// Something in the file was passed over. A strict run refuses that.
    SKIPPED
  }

  public Note {
    Objects.requireNonNull(kind);
    if (text.isBlank()) {
      throw new IllegalArgumentException("a note needs a text");
    }
  }

  /// What a strict run is told of something that was passed over.
  public Problem problem() {
    return new Problem(ErrorCode.UNSUPPORTED_CHECKPOINT, text + " A strict run refuses that.");
  }
}
