package dev.mokume;

import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.ByteSink;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.Fingerprints;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.internal.engine.EngineSettings;
import dev.mokume.internal.engine.MergeEngine;
import dev.mokume.plan.PreparedMerge;
import dev.mokume.plan.Provenance;
import dev.mokume.plan.TensorTask;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// Runs a prepared merge into a file: fingerprints beside the engine, header last, and a name only when all is well.
final class MergeRun {
  private final PreparedMerge merge;
  private final MergeOptions options;
  private final Path output;
  private final List<String> warnings = new ArrayList<>();
  private final AtomicLong done = new AtomicLong();

  MergeRun(PreparedMerge merge, Path output, MergeOptions options) {
    this.merge = merge;
    this.output = output;
    this.options = options;
  }

  MergeReport run() {
    long started = System.nanoTime();
    merge.plan().notes().forEach(this::warn);
    AtomicFileOutput.Options target =
        AtomicFileOutput.Options.defaults()
            .replaceExisting(options.overwrite())
            .durable(options.durable())
            .inputs(merge.inputs().files());
    List<Problem> problems = new ArrayList<>(merge.plan().problems());
    problems.addAll(AtomicFileOutput.problems(output, merge.layout().size(), target));
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    Map<ByteSource, CompletableFuture<String>> hashes = startFingerprints();
    MergeEngine engine = new MergeEngine(settings());
    try (AtomicFileOutput sink = AtomicFileOutput.create(output, merge.layout().size(), target)) {
      engine.measure(merge.measures());
      engine.run(merge.tasks(), List.of(sink));
      judgeNonFinite(engine);
      writeHeader(sink, hashes);
      merge.inputs().sources().forEach(ByteSource::verifyUnchanged);
      sink.commit();
    } finally {
      hashes.values().forEach(hash -> hash.cancel(true));
    }
    double seconds = (System.nanoTime() - started) / 1e9;
    return new MergeReport(merge.plan(), output, merge.layout().size(), engine.bytesRead(), seconds, warnings);
  }

  private void warn(String message) {
    warnings.add(message);
    options.listener().warned(message);
  }

  private EngineSettings settings() {
    Path folder = output.toAbsolutePath().getParent();
    long total = Stream.concat(merge.measures().stream(), merge.tasks().stream()).mapToLong(TensorTask::work).sum();
    return new EngineSettings(
        options.threads(),
        options.tileElements(),
        options.memory(),
        options.executor(),
        folder == null ? Path.of(".") : folder,
        options.cancellation()::isCancelled,
        bytes -> options.listener().progressed(done.addAndGet(bytes), total));
  }

  private Map<ByteSource, CompletableFuture<String>> startFingerprints() {
    Map<ByteSource, CompletableFuture<String>> hashes = new HashMap<>();
    if (options.fingerprints()) {
      // One after the other: a disk reads one file faster than several at once, and the merge needs the processors.
      ExecutorService background =
          Executors.newSingleThreadExecutor(Thread.ofPlatform().name("mokume-fingerprint").daemon().factory());
      Fingerprints fingerprints = Fingerprints.cachedIn(Fingerprints.defaultFolder(System.getenv()));
      for (ByteSource source : merge.inputs().sources()) {
        hashes.put(
            source,
            fingerprints.sha256(source, background));
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
    List<Problem> problems = NonFiniteWeights.problems(found, merge.inputs().models());
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
    CheckpointLayout layout = Checkpoints.layout(output, merge.entries(), metadata);
    if (layout.headerLength() != merge.layout().headerLength()) {
      throw new IllegalStateException("the header changed its length while the merge ran");
    }
    try (Arena arena = Arena.ofConfined()) {
      byte[] header = layout.header();
      MemorySegment bytes = arena.allocate(header.length, 8);
      MemorySegment.copy(MemorySegment.ofArray(header), 0, bytes, 0, header.length);
      sink.write(0, bytes);
    }
  }

  private static String await(CompletableFuture<String> hash) {
    try {
      return hash.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof MokumeException cause ? cause : e;
    }
  }
}
