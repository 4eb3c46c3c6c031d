package dev.mokume;

import dev.mokume.analysis.Measurement;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.internal.engine.EngineSettings;
import dev.mokume.internal.engine.MergeEngine;
import dev.mokume.plan.TensorTask;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// Runs a measurement through the engine. Nothing is written.
final class MeasureRun {
  private MeasureRun() {}

  /// @param inputs that the measurement reads, open
  static <R> R of(Measurement<R> measurement, Collection<Checkpoint> inputs, MergeOptions options) {
    long total = measurement.tasks().stream().mapToLong(TensorTask::work).sum();
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
                bytes -> options.listener().progressed(done.addAndGet(bytes), total)));
    engine.run(measurement.tasks(), List.of());
    R result = measurement.conclude(engine::measured, options.cancellation()::isCancelled);
    for (Checkpoint input : inputs) {
      input.sources().forEach(ByteSource::verifyUnchanged);
    }
    return result;
  }
}
