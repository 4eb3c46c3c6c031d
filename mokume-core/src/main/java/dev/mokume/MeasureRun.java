package dev.mokume;

import dev.mokume.analysis.Measurement;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.event.MergeEvent;
import dev.mokume.expression.Survey;
import dev.mokume.internal.engine.EngineSettings;
import dev.mokume.internal.engine.MergeEngine;
import dev.mokume.plan.TensorTask;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import jdk.jfr.FlightRecorder;

/// Runs a measurement through the engine. Nothing is written.
final class MeasureRun {
  private MeasureRun() {}

  /// @param inputs that the measurement reads, open
  static <R> R of(Measurement<R> measurement, Collection<Checkpoint> inputs, MergeOptions options) {
    Set<ByteSource> sources = new LinkedHashSet<>();
    inputs.forEach(input -> sources.addAll(input.sources()));
    return of(measurement, List.of(), sources, options);
  }

  /// @param before tasks whose numbers those of the measurement need
  /// @param sources that are read, open
  static <R> R of(
      Measurement<R> measurement,
      List<TensorTask> before,
      Set<ByteSource> sources,
      MergeOptions options) {
    List<TensorTask> all = Stream.concat(before.stream(), measurement.tasks().stream()).toList();
    long work = all.stream().mapToLong(TensorTask::work).sum();
    long read = all.stream().mapToLong(MeasureRun::read).sum();
    MergeEvent event =
        FlightRecorder.isInitialized() ? MergeEvent.begun(0, options.threads()) : null;
    MergeEngine engine = new MergeEngine(settings(options, 0, work, read == 0 ? work : read));
    engine.measure(before);
    engine.run(measurement.tasks(), List.of());
    R result = measurement.conclude(engine::measured, options.cancellation()::isCancelled);
    sources.forEach(ByteSource::verifyUnchanged);
    if (event != null) {
      event.bytesRead = engine.bytesRead();
      event.commit();
    }
    return result;
  }

  /// Bytes of the tensors that a task reads.
  private static long read(TensorTask task) {
    Survey survey = new Survey(task.count());
    task.measures().forEach(survey::visit);
    return survey.inputs().stream().mapToLong(StoredTensor::length).sum();
  }

  /// @param held bytes of the memory that the engine cannot have
  /// @param work bytes of work, as the engine counts them
  /// @param total what they are called in the progress: where nothing is written, people count what
  ///   is read
  static EngineSettings settings(MergeOptions options, long held, long work, long total) {
    AtomicLong done = new AtomicLong();
    return new EngineSettings(
        options.threads(),
        options.tileElements(),
        options.memory() - held,
        options.executor(),
        // Only tasks of more than one pass ever spill.
        Path.of(System.getProperty("java.io.tmpdir")),
        options.cancellation()::isCancelled,
        bytes ->
            options
                .listener()
                .progressed((long) ((double) done.addAndGet(bytes) / work * total), total));
  }
}
