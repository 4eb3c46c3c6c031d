package dev.mokume.federated;

import java.nio.file.Path;

/// A client's model.
///
/// @param file its checkpoint
/// @param examples that it trained on: its weight in a mean; more than 0
public record Client(Path file, double examples) {
  public Client {
    if (!(examples > 0 && examples < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "the examples of a client must be a positive number but were " + examples);
    }
  }
}
