package dev.mokume;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.internal.quantised.ScaledCheckpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Several checkpoints, open together.
record OpenCheckpoints(List<Checkpoint> checkpoints) implements AutoCloseable {
  /// Opens all of them, in the order of `paths`, and tells all that cannot be. Scaled weights have
  /// their values.
  static OpenCheckpoints of(List<Path> paths) {
    List<Checkpoint> opened = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    for (Path path : paths) {
      try {
        opened.add(ScaledCheckpoint.of(Checkpoints.open(path)));
      } catch (MokumeException e) {
        problems.addAll(e.problems());
      }
    }
    OpenCheckpoints all = new OpenCheckpoints(opened);
    if (!problems.isEmpty()) {
      all.close();
      throw new MokumeException(problems);
    }
    return all;
  }

  @Override
  public void close() {
    checkpoints.forEach(Checkpoint::close);
  }
}
