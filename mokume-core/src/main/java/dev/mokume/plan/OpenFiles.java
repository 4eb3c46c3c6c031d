package dev.mokume.plan;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.internal.quantised.ScaledCheckpoint;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;

/// Files that are open, each once, whatever recipes need it under whatever name. Scaled weights
/// have their values.
final class OpenFiles implements AutoCloseable {
  private final SequencedMap<Path, Checkpoint> opened = new LinkedHashMap<>();

  /// @throws dev.mokume.error.MokumeException if it cannot be opened
  Checkpoint open(Path path) {
    return opened.computeIfAbsent(
        path.toAbsolutePath().normalize(), _ -> ScaledCheckpoint.of(Checkpoints.open(path)));
  }

  /// Those so far, absolute, in the order in which they were opened.
  SequencedSet<Path> paths() {
    return new LinkedHashSet<>(opened.sequencedKeySet());
  }

  /// Closes all others.
  void keepOnly(Set<Checkpoint> needed) {
    opened.values().stream()
        .filter(checkpoint -> !needed.contains(checkpoint))
        .forEach(Checkpoint::close);
    opened.values().retainAll(needed);
  }

  @Override
  public void close() {
    opened.values().forEach(Checkpoint::close);
  }
}
