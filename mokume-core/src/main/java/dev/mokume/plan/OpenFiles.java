package dev.mokume.plan;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.internal.quantised.ScaledCheckpoint;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// Files that are open, each once, whatever recipes need it under whatever name. Scaled weights
/// have their values.
final class OpenFiles implements AutoCloseable {
  private final Map<Path, Checkpoint> opened = new HashMap<>();

  /// @throws dev.mokume.error.MokumeException if it cannot be opened
  Checkpoint open(Path path) {
    return opened.computeIfAbsent(
        path.toAbsolutePath().normalize(), _ -> ScaledCheckpoint.of(Checkpoints.open(path)));
  }

  @Override
  public void close() {
    opened.values().forEach(Checkpoint::close);
  }
}
