package dev.mokume;

import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.AtomicFileSet;
import dev.mokume.checkpoint.ByteSink;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.InputHashes;
import dev.mokume.checkpoint.OutputOpener;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.event.MergeEvent;
import dev.mokume.internal.engine.EngineSettings;
import dev.mokume.internal.engine.MergeEngine;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.PreparedMerge;
import dev.mokume.plan.PreparedRun;
import dev.mokume.plan.Provenance;
import dev.mokume.plan.TensorTask;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;

/// Runs prepared merges into their outputs: fingerprints beside the engine, headers last, and a
/// commit only when all is well with all of them.
final class MergeRun {
  private final PreparedRun run;
  private final MergeOptions options;
  private final Outputs outputs;
  private final List<List<String>> warnings = new ArrayList<>();
  private final Set<String> told = new HashSet<>();
  private final AtomicLong done = new AtomicLong();

  /// Where the bytes go.
  private interface Outputs {
    /// What speaks against writing so many bytes there.
    List<Problem> problems(List<Long> sizes);

    OpenOutputs open(List<Long> sizes);

    /// Where values go that do not fit into memory.
    Path spillFolder();
  }

  private interface OpenOutputs extends AutoCloseable {
    List<? extends ByteSink> sinks();

    void commit();

    @Override
    void close();
  }

  private MergeRun(PreparedRun run, Outputs outputs, MergeOptions options) {
    this.run = run;
    this.outputs = outputs;
    this.options = options;
    run.merges().forEach(_ -> warnings.add(new ArrayList<>()));
  }

  /// Merges into the files that they are planned for, which appear under their names only when all
  /// are whole.
  static MergeRun intoFiles(PreparedRun run, MergeOptions options) {
    List<Path> files =
        run.merges().stream().flatMap(merge -> merge.files().keySet().stream()).toList();
    return new MergeRun(run, new Files(files, run.files(), options), options);
  }

  /// One merge, into whatever the caller opens.
  static MergeRun into(OutputOpener opener, PreparedRun run, MergeOptions options) {
    return new MergeRun(run, new OwnOutput(opener), options);
  }

  private record Files(List<Path> paths, List<Path> inputs, MergeOptions options)
      implements Outputs {
    private AtomicFileOutput.Options target() {
      return AtomicFileOutput.Options.defaults()
          .replaceExisting(options.overwrite())
          .durable(options.durable())
          .inputs(inputs);
    }

    private List<AtomicFileSet.Target> targets(List<Long> sizes) {
      List<AtomicFileSet.Target> targets = new ArrayList<>();
      for (int i = 0; i < paths.size(); i++) {
        targets.add(new AtomicFileSet.Target(paths.get(i), sizes.get(i)));
      }
      return targets;
    }

    @Override
    public List<Problem> problems(List<Long> sizes) {
      List<Problem> problems = new ArrayList<>(AtomicFileSet.problems(targets(sizes), target()));
      return problems;
    }

    @Override
    public OpenOutputs open(List<Long> sizes) {
      return new OpenFiles(AtomicFileSet.create(targets(sizes), target()));
    }

    @Override
    public Path spillFolder() {
      Path folder = paths.getFirst().toAbsolutePath().getParent();
      return folder == null ? Path.of(".") : folder;
    }
  }

  private record OpenFiles(AtomicFileSet files) implements OpenOutputs {
    @Override
    public List<? extends ByteSink> sinks() {
      return files.files();
    }

    @Override
    public void commit() {
      files.commit();
    }

    @Override
    public void close() {
      files.close();
    }
  }

  private record OwnOutput(OutputOpener opener) implements Outputs {
    @Override
    public List<Problem> problems(List<Long> sizes) {
      return List.of();
    }

    @Override
    public OpenOutputs open(List<Long> sizes) {
      return new OpenSink(opener.open(sizes.getFirst()));
    }

    @Override
    public Path spillFolder() {
      return Path.of(System.getProperty("java.io.tmpdir"));
    }
  }

  private record OpenSink(ByteSink sink) implements OpenOutputs {
    @Override
    public List<? extends ByteSink> sinks() {
      return List.of(sink);
    }

    @Override
    public void commit() {
      sink.commit();
    }

    @Override
    public void close() {
      sink.close();
    }
  }

  /// What was done, an output each.
  List<MergeReport> run() {
    long started = System.nanoTime();
    MergeEvent event =
        FlightRecorder.isInitialized()
            ? MergeEvent.begun(run.merges().size(), options.threads())
            : null;
    for (int i = 0; i < run.merges().size(); i++) {
      plan(i).notes().stream().filter(told::add).forEach(options.listener()::noted);
      warn(i, plan(i).warnings());
    }
    List<Long> sizes =
        run.merges().stream()
            .flatMap(merge -> merge.files().values().stream())
            .map(CheckpointLayout::size)
            .toList();
    boolean keepsEverything = keepsEverything();
    if (!keepsEverything) {
      throwIfAny(sizes);
    }
    try (InputHashes hashes = hashes()) {
      if (keepsEverything) {
        if (headersAreThere(await(hashes))) {
          run.read().forEach(ByteSource::verifyUnchanged);
          return finish(event, started, paths(), 0, 0);
        }
        throwIfAny(sizes);
      }
      MergeEngine engine = new MergeEngine(settings());
      List<List<String>> names = write(engine, sizes, hashes);
      long written = sizes.stream().mapToLong(Long::longValue).sum();
      return finish(event, started, names, engine.bytesRead(), written);
    }
  }

  /// Whether this is an update that has no tensor to compute: then a disk without room for the
  /// output does not matter, as long as nothing else of it changes.
  private boolean keepsEverything() {
    return run.plan().problems().isEmpty()
        && run.merges().stream().allMatch(PreparedMerge::keepsEverything);
  }

  /// Whether an update has nothing to write.
  boolean isUpToDate() {
    if (!keepsEverything()) {
      return false;
    }
    try (InputHashes hashes = hashes()) {
      return headersAreThere(await(hashes));
    }
  }

  private InputHashes hashes() {
    return options.fingerprints()
        ? InputHashes.of(run.sources(), run.hashes())
        : InputHashes.none();
  }

  private boolean headersAreThere(Map<ByteSource, String> hashes) {
    return run.merges().stream().allMatch(merge -> merge.headersAreThere(metadata(merge, hashes)));
  }

  private void throwIfAny(List<Long> sizes) {
    List<Problem> problems = new ArrayList<>(run.plan().problems());
    problems.addAll(outputs.problems(sizes));
    if (!problems.isEmpty()) {
      throw new MokumeException(problems.stream().distinct().toList());
    }
  }

  private Map<ByteSource, String> await(InputHashes hashes) {
    return hashes.await("the merge", options.cancellation()::isCancelled);
  }

  /// What the files are called that were written, for each output.
  private List<List<String>> write(MergeEngine engine, List<Long> sizes, InputHashes hashes) {
    try (OpenOutputs open = outputs.open(sizes)) {
      List<ByteSink> sinks = List.copyOf(open.sinks());
      List<List<String>> names = names(sinks);
      engine.measure(run.measures());
      engine.run(run.tasks(), placing(sinks));
      judgeNonFinite(engine, names);
      writeHeaders(sinks, await(hashes));
      run.read().forEach(ByteSource::verifyUnchanged);
      open.commit();
      return names;
    }
  }

  private List<MergeReport> finish(
      @Nullable MergeEvent event, long started, List<List<String>> names, long read, long written) {
    double seconds = (System.nanoTime() - started) / 1e9;
    if (event != null) {
      event.bytesRead = read;
      event.bytesWritten = written;
      event.commit();
    }
    List<MergeReport> reports = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      reports.add(
          new MergeReport(
              plan(i),
              names.get(i).getLast(),
              plan(i).outputBytes(),
              written > 0,
              read,
              seconds,
              warnings.get(i)));
    }
    return reports;
  }

  /// What takes each file's tensors and places them as its layout says.
  private List<ByteSink> placing(List<ByteSink> sinks) {
    List<ByteSink> placing = new ArrayList<>();
    for (PreparedMerge merge : run.merges()) {
      for (CheckpointLayout file : merge.files().values()) {
        placing.add(file.placing(sinks.get(placing.size())));
      }
    }
    return placing;
  }

  /// Where the files of each output are.
  private List<List<String>> paths() {
    return run.merges().stream()
        .map(merge -> merge.files().keySet().stream().map(Path::toString).toList())
        .toList();
  }

  /// What the files of each output are called.
  private List<List<String>> names(List<ByteSink> sinks) {
    List<List<String>> names = new ArrayList<>();
    int sink = 0;
    for (PreparedMerge merge : run.merges()) {
      int end = sink + merge.files().size();
      names.add(sinks.subList(sink, end).stream().map(ByteSink::name).toList());
      sink = end;
    }
    return names;
  }

  private MergePlan plan(int output) {
    return run.merges().get(output).plan();
  }

  /// Notes what an output's report will say; what several outputs say is told once.
  private void warn(int output, List<String> messages) {
    warnings.get(output).addAll(messages);
    messages.stream().filter(told::add).forEach(options.listener()::warned);
  }

  private EngineSettings settings() {
    long total =
        Stream.concat(run.measures().stream(), run.tasks().stream())
            .mapToLong(TensorTask::work)
            .sum();
    return new EngineSettings(
        options.threads(),
        options.tileElements(),
        options.memory(),
        options.executor(),
        outputs.spillFolder(),
        options.cancellation()::isCancelled,
        bytes -> options.listener().progressed(done.addAndGet(bytes), total));
  }

  private void judgeNonFinite(MergeEngine engine, List<List<String>> names) {
    List<Problem> refused = new ArrayList<>();
    Map<Integer, Map<Long, NonFiniteWeights.Found>> counts = nonFinite(engine);
    int sink = 0;
    for (int i = 0; i < names.size(); i++) {
      PreparedMerge merge = run.merges().get(i);
      SequencedMap<String, NonFiniteWeights.Found> found = new LinkedHashMap<>();
      for (CheckpointLayout file : merge.files().values()) {
        found.putAll(byName(file, counts.getOrDefault(sink++, Map.of())));
      }
      String place = names.size() == 1 ? "" : names.get(i).getLast() + ": ";
      List<Problem> problems =
          NonFiniteWeights.problems(found, merge.models()).stream()
              .map(problem -> new Problem(problem.code(), place + problem.message()))
              .toList();
      switch (options.nonFinite()) {
        case REFUSE -> refused.addAll(problems);
        case WARN -> warn(i, problems.stream().map(Problem::message).toList());
      }
    }
    if (!refused.isEmpty()) {
      throw new MokumeException(refused);
    }
  }

  /// Where NaN and infinite values were written, by file and the offset of their tensor in it.
  private Map<Integer, Map<Long, NonFiniteWeights.Found>> nonFinite(MergeEngine engine) {
    Map<Integer, Map<Long, NonFiniteWeights.Found>> counts = new HashMap<>();
    for (TensorTask task : run.tasks()) {
      for (TensorTask.Write write : task.writes()) {
        long values = engine.nonFinite(write);
        if (values > 0) {
          counts
              .computeIfAbsent(write.sink(), _ -> new HashMap<>())
              .put(write.offset(), new NonFiniteWeights.Found(values, write));
        }
      }
    }
    return counts;
  }

  /// The same by the names of the tensors, in the order of the file.
  private static SequencedMap<String, NonFiniteWeights.Found> byName(
      CheckpointLayout layout, Map<Long, NonFiniteWeights.Found> byOffset) {
    SequencedMap<String, NonFiniteWeights.Found> found = new LinkedHashMap<>();
    for (CheckpointLayout.Placement tensor : layout.placements().values()) {
      NonFiniteWeights.Found values = byOffset.get(tensor.offset());
      // A tensor without elements begins where the next one does.
      if (values != null && tensor.length() > 0) {
        found.put(tensor.name(), values);
      }
    }
    return found;
  }

  private static Map<String, String> metadata(PreparedMerge merge, Map<ByteSource, String> hashes) {
    Map<String, String> metadata = new TreeMap<>(merge.metadata());
    metadata.putAll(Provenance.of(merge.plan().recipe(), merge.inputs().everything(), hashes));
    return metadata;
  }

  private void writeHeaders(List<ByteSink> sinks, Map<ByteSource, String> hashes) {
    int sink = 0;
    for (PreparedMerge merge : run.merges()) {
      SequencedMap<Path, CheckpointLayout> files = merge.filesWith(metadata(merge, hashes));
      for (Path path : files.sequencedKeySet()) {
        CheckpointLayout file = Objects.requireNonNull(files.get(path));
        CheckpointLayout planned = Objects.requireNonNull(merge.files().get(path));
        if (file.headerLength() != planned.headerLength()) {
          throw new IllegalStateException("the header changed its length while the merge ran");
        }
        file.writeHeader(sinks.get(sink++));
      }
    }
  }
}
