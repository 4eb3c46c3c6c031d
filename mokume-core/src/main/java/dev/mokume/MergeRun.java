package dev.mokume;

import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.ByteSink;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.Fingerprints;
import dev.mokume.checkpoint.OutputOpener;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.internal.engine.EngineSettings;
import dev.mokume.internal.engine.MergeEngine;
import dev.mokume.plan.PreparedMerge;
import dev.mokume.plan.Provenance;
import dev.mokume.plan.TensorTask;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// Runs a prepared merge into an output: fingerprints beside the engine, header last, and a commit
/// only when all is well.
final class MergeRun {
  /// How long a cancellation may go unnoticed while nothing but a fingerprint is waited for.
  private static final long CANCELLATION_MILLIS = 100;

  private final PreparedMerge merge;
  private final MergeOptions options;
  private final Output output;
  private final List<String> warnings = new ArrayList<>();
  private final AtomicLong done = new AtomicLong();

  /// Where the bytes go.
  private interface Output {
    /// What speaks against writing so many bytes there.
    List<Problem> problems(long size);

    ByteSink open(long size);

    /// Where values go that do not fit into memory.
    Path spillFolder();
  }

  private MergeRun(PreparedMerge merge, Output output, MergeOptions options) {
    this.merge = merge;
    this.output = output;
    this.options = options;
  }

  /// A merge into a file that appears under its name only when it is whole.
  static MergeRun into(Path file, PreparedMerge merge, MergeOptions options) {
    AtomicFileOutput.Options target =
        AtomicFileOutput.Options.defaults()
            .replaceExisting(options.overwrite())
            .durable(options.durable())
            .inputs(merge.inputs().files());
    Path folder = file.toAbsolutePath().getParent();
    return new MergeRun(
        merge,
        new Output() {
          @Override
          public List<Problem> problems(long size) {
            List<Problem> problems = new ArrayList<>(AtomicFileOutput.problems(file, size, target));
            return problems;
          }

          @Override
          public ByteSink open(long size) {
            return AtomicFileOutput.create(file, size, target);
          }

          @Override
          public Path spillFolder() {
            return folder == null ? Path.of(".") : folder;
          }
        },
        options);
  }

  /// A merge into whatever the caller opens.
  static MergeRun into(OutputOpener opener, PreparedMerge merge, MergeOptions options) {
    return new MergeRun(
        merge,
        new Output() {
          @Override
          public List<Problem> problems(long size) {
            return List.of();
          }

          @Override
          public ByteSink open(long size) {
            return opener.open(size);
          }

          @Override
          public Path spillFolder() {
            return Path.of(System.getProperty("java.io.tmpdir"));
          }
        },
        options);
  }

  MergeReport run() {
    long started = System.nanoTime();
    merge.plan().notes().forEach(this::warn);
    List<Problem> problems = new ArrayList<>(merge.plan().problems());
    problems.addAll(output.problems(merge.layout().size()));
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    Map<ByteSource, CompletableFuture<String>> hashes = startFingerprints();
    MergeEngine engine = new MergeEngine(settings());
    String name;
    try (ByteSink sink = output.open(merge.layout().size())) {
      name = sink.name();
      engine.measure(merge.measures());
      engine.run(merge.tasks(), List.of(merge.layout().placing(sink)));
      judgeNonFinite(engine);
      writeHeader(sink, hashes);
      merge.inputs().sources().forEach(ByteSource::verifyUnchanged);
      sink.commit();
    } finally {
      hashes.values().forEach(hash -> hash.cancel(true));
    }
    double seconds = (System.nanoTime() - started) / 1e9;
    return new MergeReport(
        merge.plan(), name, merge.layout().size(), engine.bytesRead(), seconds, warnings);
  }

  private void warn(String message) {
    warnings.add(message);
    options.listener().warned(message);
  }

  private EngineSettings settings() {
    long total =
        Stream.concat(merge.measures().stream(), merge.tasks().stream())
            .mapToLong(TensorTask::work)
            .sum();
    return new EngineSettings(
        options.threads(),
        options.tileElements(),
        options.memory(),
        options.executor(),
        output.spillFolder(),
        options.cancellation()::isCancelled,
        bytes -> options.listener().progressed(done.addAndGet(bytes), total));
  }

  private Map<ByteSource, CompletableFuture<String>> startFingerprints() {
    Map<ByteSource, CompletableFuture<String>> hashes = new HashMap<>();
    if (options.fingerprints()) {
      // One after the other: a disk reads one file faster than several at once, and the merge needs
      // the processors.
      ExecutorService background =
          Executors.newSingleThreadExecutor(
              Thread.ofPlatform().name("mokume-fingerprint").daemon().factory());
      Fingerprints fingerprints =
          Fingerprints.cachedIn(Fingerprints.defaultFolder(System.getenv()));
      for (ByteSource source : merge.inputs().sources()) {
        hashes.put(source, fingerprints.sha256(source, background));
      }
      background.shutdown();
    }
    return hashes;
  }

  private void judgeNonFinite(MergeEngine engine) {
    SequencedMap<String, Long> found = new LinkedHashMap<>();
    for (TensorTask task : merge.tasks()) {
      Long values = engine.nonFinite().get(task.tensor());
      if (values != null) {
        found.put(task.tensor(), values);
      }
    }
    if (found.isEmpty()) {
      return;
    }
    List<Problem> problems = NonFiniteWeights.problems(found, merge.models());
    switch (options.nonFinite()) {
      case REFUSE -> throw new MokumeException(problems);
      case WARN -> problems.forEach(problem -> warn(problem.message()));
    }
  }

  private void writeHeader(ByteSink sink, Map<ByteSource, CompletableFuture<String>> hashes) {
    Map<ByteSource, String> known = new HashMap<>();
    hashes.forEach((source, hash) -> known.put(source, await(hash)));
    Map<String, String> metadata = new TreeMap<>(merge.metadata());
    metadata.putAll(Provenance.of(merge.plan().recipe(), merge.inputs().everything(), known));
    CheckpointLayout layout = merge.layoutWith(metadata);
    if (layout.headerLength() != merge.layout().headerLength()) {
      throw new IllegalStateException("the header changed its length while the merge ran");
    }
    layout.writeHeader(sink);
  }

  /// Waits for a fingerprint, which of a large file on a slow disk takes longer than the merge.
  private String await(CompletableFuture<String> hash) {
    while (true) {
      try {
        return hash.get(CANCELLATION_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (options.cancellation().isCancelled()) {
          throw new MokumeException(
              ErrorCode.CANCELLED, "the merge was cancelled; nothing was written.", e);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new MokumeException(
            ErrorCode.CANCELLED, "the merge was interrupted; nothing was written.", e);
      } catch (ExecutionException e) {
        throw e.getCause() instanceof MokumeException cause ? cause : new IllegalStateException(e);
      }
    }
  }
}
