package dev.mokume.cli;

import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Detection;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.StoredTensor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/// What checkpoints are, by their headers. Each is opened once.
final class Headers implements Function<Path, Detection> {
  private final Map<Path, Detection> known = new HashMap<>();

  @Override
  public Detection apply(Path path) {
    return known.computeIfAbsent(path, Headers::detect);
  }

  private static Detection detect(Path path) {
    try (Checkpoint checkpoint = Checkpoints.open(path)) {
      return Architectures.detect(
          checkpoint.tensors().values().stream().map(StoredTensor::spec).toList(),
          checkpoint.metadata());
    }
  }
}
