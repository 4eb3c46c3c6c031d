package dev.mokume.federated;

import dev.mokume.recipe.Pooling;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;

/// How the models of clients become one.
///
/// @param base the model that the clients trained from, whose layout theirs must have; without one
///   theirs must have the layout that most of them have
/// @param clip the largest norm that what a client changed may have: all tensors together, the
///   difference to `base` is scaled down to it where it is larger. Source: McMahan and others,
///   arXiv:1710.06963
/// @param badClients what to do about clients that cannot take part
public record FederationOptions(
    Pooling pooling, Optional<Path> base, OptionalDouble clip, BadClients badClients) {
  public FederationOptions {
    if (clip.isPresent() && base.isEmpty()) {
      throw new IllegalArgumentException("clipping what clients changed needs their base");
    }
    if (clip.isPresent() && !(clip.getAsDouble() > 0)) {
      throw new IllegalArgumentException(
          "the norm to clip to must be positive but was " + clip.getAsDouble());
    }
  }
}
