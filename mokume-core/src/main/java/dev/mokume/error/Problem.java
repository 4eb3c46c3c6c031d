package dev.mokume.error;

import java.util.Objects;

/// One thing that is wrong, told to a person: a paragraph that names the file, the tensor, what was
/// found, what was wanted and what to do next.
///
/// Names come from files and command lines, and a terminal obeys control characters: in the message
/// they stand as [Quoted#printable] shows them, line breaks as well.
public record Problem(ErrorCode code, String message) {
  public Problem {
    Objects.requireNonNull(code);
    message = Quoted.printable(message);
    if (message.isBlank()) {
      throw new IllegalArgumentException("a problem needs a message");
    }
  }
}
