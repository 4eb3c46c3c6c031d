package dev.mokume.recipe.comfyui;

import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.MokumeException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What files hold, by their headers; each is read once.
final class FileHeaders {
  /// Every component that is one.
  static final Set<Component> TEXT_ENCODERS = textEncoders();

  private final Map<Path, Optional<Detection>> known = new HashMap<>();

  /// Nothing for a file that cannot be read: the plan of the merge tells why.
  Optional<Detection> of(Path file) {
    return known.computeIfAbsent(file, FileHeaders::read);
  }

  /// The text encoders in a file; none if it cannot be read.
  Set<Component> encoders(Path file) {
    return of(file)
        .map(detection -> {
          Set<Component> there = EnumSet.copyOf(TEXT_ENCODERS);
          there.retainAll(detection.components().keySet());
          return there;
        })
        .orElse(Set.of());
  }

  private static Optional<Detection> read(Path file) {
    try (Checkpoint checkpoint = Checkpoints.open(file)) {
      return Optional.of(
          Architectures.detect(
              checkpoint.tensors().values().stream().map(StoredTensor::spec).toList(),
              checkpoint.metadata()));
    } catch (MokumeException e) {
      return Optional.empty();
    }
  }

  private static Set<Component> textEncoders() {
    Set<Component> encoders = EnumSet.noneOf(Component.class);
    for (Component component : Component.values()) {
      if (component.isTextEncoder()) {
        encoders.add(component);
      }
    }
    return Collections.unmodifiableSet(encoders);
  }
}
