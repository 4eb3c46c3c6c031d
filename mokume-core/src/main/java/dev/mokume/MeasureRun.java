package dev.mokume;

import dev.mokume.analysis.Measurement;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.internal.engine.EngineSettings;
import dev.mokume.internal.engine.MergeEngine;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// Runs a measurement through the engine. Nothing is written.
final class MeasureRun {
  /// The engine counts two bytes of work an element for a task that only measures.
  private static final long WORK_PER_ELEMENT = 2;

  private MeasureRun() {}

  /// @param inputs that the measurement reads, open
  static <R> R of(Measurement<R> measurement, Collection<Checkpoint> inputs, MergeOptions options) {
    long total =
        measurement.tasks().stream().mapToLong(task -> task.count() * WORK_PER_ELEMENT).sum();
    AtomicLong done = new AtomicLong();
    MergeEngine engine =
        new MergeEngine(
            new EngineSettings(
                options.threads(),
                options.tileElements(),
                options.memory(),
                options.executor(),
                // Only tasks of more than one pass ever spill.
                Path.of(System.getProperty("java.io.tmpdir")),
                options.cancellation()::isCancelled,
                bytes -> options.listener().progressed(Math.min(total, done.addAndGet(bytes)), total)));
    engine.run(measurement.tasks(), List.of());
    R result = measurement.conclude(engine::measured, options.cancellation()::isCancelled);
    for (Checkpoint input : inputs) {
      input.sources().forEach(ByteSource::verifyUnchanged);
    }
    return result;
  }
}
