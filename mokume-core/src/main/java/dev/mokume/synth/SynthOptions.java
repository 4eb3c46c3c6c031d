package dev.mokume.synth;

import dev.mokume.checkpoint.AtomicFileOutput;
import java.util.function.BooleanSupplier;

/// How a checkpoint is made. Nothing here changes its bytes.
///
/// @param threads workers, at least 1; each holds about 4 MiB
/// @param output whether an existing file may be replaced, and whether to wait for the disk
/// @param progress told how many bytes of the output are written, from any thread
/// @param cancelled asked between tiles
public record SynthOptions(
    int threads, AtomicFileOutput.Options output, Progress progress, BooleanSupplier cancelled) {
  /// Told of progress, from whichever thread makes it.
  @FunctionalInterface
  public interface Progress {
    /// So many bytes of work are done: `done` grows to `total`.
    void advanced(long done, long total);
  }

  public SynthOptions {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1 but was " + threads);
    }
  }

  /// As many threads as processors; an existing file is not replaced.
  public static SynthOptions defaults() {
    return new SynthOptions(
        Runtime.getRuntime().availableProcessors(),
        AtomicFileOutput.Options.defaults(),
        (done, total) -> {},
        () -> false);
  }

  public SynthOptions withThreads(int value) {
    return new SynthOptions(value, output, progress, cancelled);
  }

  public SynthOptions withOutput(AtomicFileOutput.Options value) {
    return new SynthOptions(threads, value, progress, cancelled);
  }

  public SynthOptions withProgress(Progress value) {
    return new SynthOptions(threads, output, value, cancelled);
  }

  public SynthOptions withCancelled(BooleanSupplier value) {
    return new SynthOptions(threads, output, progress, value);
  }
}
