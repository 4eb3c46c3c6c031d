package dev.mokume.error;

import java.util.Objects;

/// One thing that is wrong, told to a person: a paragraph that names the file, the tensor, what was
/// found, what was wanted and what to do next.
public record Problem(ErrorCode code, String message) {
  public Problem {
    Objects.requireNonNull(code);
    if (message.isBlank()) {
      throw new IllegalArgumentException("a problem needs a message");
    }
  }
}
