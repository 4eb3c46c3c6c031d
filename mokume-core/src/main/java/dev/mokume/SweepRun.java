package dev.mokume;

import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.AtomicFileSet;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.Fingerprints;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.error.Version;
import dev.mokume.plan.MergeOutput;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.PreparedMerge;
import dev.mokume.plan.PreparedRun;
import dev.mokume.plan.Provenance;
import dev.mokume.plan.RunPlanner;
import dev.mokume.recipe.RecipeWriter;
import dev.mokume.sweep.Distance;
import dev.mokume.sweep.DistanceMeasurement;
import dev.mokume.sweep.Selection;
import dev.mokume.sweep.Sweep;
import dev.mokume.sweep.SweepOptions;
import dev.mokume.sweep.SweepPlan;
import dev.mokume.sweep.SweepReport;
import dev.mokume.sweep.SweepState;
import dev.mokume.sweep.Variant;
import dev.mokume.tokenizer.TokenizerMerge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Runs a sweep: as many variants at once as there is room for, of inputs that are read once for
/// them. What an earlier run of the same sweep has found out or written is not done again.
final class SweepRun {
  /// Bytes of the heap that a tensor of a variant takes while it is planned, measured and merged.
  private static final long HEAP_A_TENSOR = 4_096;

  /// The share of the heap that the plans of all variants of a run may take.
  private static final int HEAP_SHARE = 2;

  /// More at once would share no more: each has a file open, and a buffer in every tile.
  private static final int MOST_TOGETHER = 16;

  private final Sweep sweep;
  private final Path folder;
  private final SweepOptions wanted;
  private final MergeOptions options;
  private final Phases phases;

  /// Every variant has the same one, and a large vocabulary takes seconds.
  private Optional<TokenizerMerge> tokenizer = Optional.empty();

  /// Has the first variant's plan, as long as no run needs it.
  private Optional<RunPlanner> begun = Optional.empty();

  private SweepRun(Sweep sweep, Path folder, SweepOptions wanted, MergeOptions options) {
    this.sweep = sweep;
    this.folder = folder;
    this.wanted = wanted;
    this.phases = new Phases(options.listener());
    this.options = options.withListener(phases);
  }

  static SweepReport of(Sweep sweep, Path folder, SweepOptions wanted, MergeOptions options) {
    try {
      return new SweepRun(sweep, folder, wanted, options).run(System.nanoTime());
    } catch (MokumeException e) {
      if (e.code() == ErrorCode.CANCELLED) {
        throw new MokumeException(
            ErrorCode.CANCELLED,
            "the sweep was cancelled. What was whole by then stays in "
                + folder
                + ", and the same sweep goes on from there.",
            e);
      }
      throw e;
    }
  }

  static SweepPlan plan(Sweep sweep, Path folder, MergeOptions options) {
    SweepRun run = new SweepRun(sweep, folder, SweepOptions.defaults(), options);
    List<Variant> variants = sweep.variants();
    try {
      int together = together(run.begin());
      try (PreparedRun first =
          run.prepare(variants.subList(0, Math.min(together, variants.size())))) {
        return new SweepPlan(variants.size(), together, first.plan());
      }
    } finally {
      run.giveUpBegun();
    }
  }

  /// Plans the first variant, which tells what there is to know of all. The first run that begins
  /// with it goes on from there.
  private PreparedMerge begin() {
    RunPlanner planner = new RunPlanner(options.strict());
    begun = Optional.of(planner);
    return add(planner, sweep.variants().subList(0, 1)).getFirst();
  }

  private PreparedRun prepare(List<Variant> variants) {
    boolean goesOn = begun.isPresent() && variants.getFirst().equals(sweep.variants().getFirst());
    if (!goesOn) {
      giveUpBegun();
    }
    try (RunPlanner planner = begun.orElseGet(() -> new RunPlanner(options.strict()))) {
      begun = Optional.empty();
      add(planner, goesOn ? variants.subList(1, variants.size()) : variants);
      return planner.run();
    }
  }

  private void giveUpBegun() {
    begun.ifPresent(RunPlanner::close);
    begun = Optional.empty();
  }

  private List<PreparedMerge> add(RunPlanner planner, List<Variant> variants) {
    List<PreparedMerge> merges =
        planner.add(
            variants.stream()
                .map(variant ->
                    new MergeOutput(
                        variant.recipe(), file(variant), MergeOutput.USUAL_SHARD, tokenizer))
                .toList());
    if (!merges.isEmpty()) {
      tokenizer = merges.getFirst().inputs().tokenizer();
    }
    return merges;
  }

  private Path file(Variant variant) {
    return folder.resolve(variant.fileName());
  }

  /// How many variants the heap has room for at once.
  private static int together(PreparedMerge one) {
    long tensors = Math.max(1, one.plan().tensors().size());
    long room = Runtime.getRuntime().maxMemory() / HEAP_SHARE / (HEAP_A_TENSOR * tensors);
    return Math.clamp(room, 1, MOST_TOGETHER);
  }

  /// @param started when, in nanoseconds
  private SweepReport run(long started) {
    try {
      return run(begin(), started);
    } finally {
      giveUpBegun();
    }
  }

  private SweepReport run(PreparedMerge first, long started) {
    MergePlan plan = first.plan();
    refuse(plan.problems());
    plan.notes().forEach(phases::noted);
    plan.warnings().forEach(phases::warned);
    int together = together(first);
    long outputBytes = plan.outputBytes();
    List<Path> inputs = first.inputs().files();
    SweepState state =
        SweepState.open(folder, fingerprint(inputs), wanted.part(), options.overwrite());
    Set<String> there = there(state);
    boolean writesAll = wanted.selection() instanceof Selection.All;
    if (writesAll) {
      refuseOutputs(without(there, sweep.variants()), outputBytes, inputs, state);
    }
    state.write();
    List<Variant> open = new ArrayList<>();
    for (Variant variant : sweep.variants()) {
      boolean isWritten = !writesAll || there.contains(variant.name());
      if (!isWritten || state.distances(variant.name()).isEmpty()) {
        open.add(variant);
      }
    }
    List<List<Variant>> batches = batches(open, together);
    phases.expect(
        (int)
            batches.stream()
                .mapToLong(batch ->
                    (isMeasured(batch, state) ? 0 : 1)
                        + (writesAll && !without(there, batch).isEmpty() ? 1 : 0))
                .sum());
    for (List<Variant> batch : batches) {
      process(batch, writesAll ? without(there, batch) : List.of(), state);
    }
    List<List<Distance>> distances = new ArrayList<>();
    for (Variant variant : sweep.variants()) {
      distances.add(state.distances(variant.name()).orElseThrow());
    }
    List<Integer> chosen = wanted.selection().of(distances);
    if (!writesAll) {
      List<Variant> missing = without(there, chosen.stream().map(sweep.variants()::get).toList());
      refuseOutputs(missing, outputBytes, inputs, state);
      phases.expect(Math.ceilDiv(missing.size(), together));
      for (List<Variant> batch : batches(missing, together)) {
        process(batch, batch, state);
      }
    }
    return report(distances, chosen, there, (System.nanoTime() - started) / 1e9);
  }

  private SweepReport report(
      List<List<Distance>> distances, List<Integer> chosen, Set<String> there, double seconds) {
    Set<Integer> written = Set.copyOf(chosen);
    List<SweepReport.Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < distances.size(); i++) {
      Variant variant = sweep.variants().get(i);
      outcomes.add(
          new SweepReport.Outcome(
              variant,
              distances.get(i),
              written.contains(i) ? Optional.of(file(variant)) : Optional.empty(),
              there.contains(variant.name())));
    }
    return new SweepReport(outcomes, wanted.part(), seconds);
  }

  private static List<Variant> without(Set<String> names, List<Variant> variants) {
    return variants.stream().filter(variant -> !names.contains(variant.name())).toList();
  }

  private static boolean isMeasured(List<Variant> variants, SweepState state) {
    return variants.stream().allMatch(variant -> state.distances(variant.name()).isPresent());
  }

  /// In runs of at most so many, and of about as many each.
  private static List<List<Variant>> batches(List<Variant> variants, int most) {
    List<List<Variant>> batches = new ArrayList<>();
    int runs = Math.ceilDiv(variants.size(), most);
    for (int run = 0; run < runs; run++) {
      batches.add(
          variants.subList(run * variants.size() / runs, (run + 1) * variants.size() / runs));
    }
    return batches;
  }

  /// Measures those of the variants that are not measured yet, and writes `toWrite` of them.
  private void process(List<Variant> variants, List<Variant> toWrite, SweepState state) {
    List<Variant> toMeasure =
        variants.stream().filter(variant -> state.distances(variant.name()).isEmpty()).toList();
    if (!toMeasure.isEmpty()) {
      try (PreparedRun run = prepare(toMeasure)) {
        refuse(run.plan().outputs().stream().flatMap(plan -> plan.problems().stream()).toList());
        List<List<Distance>> found =
            MeasureRun.of(
                DistanceMeasurement.of(run.merges(), wanted.part()),
                run.measures(),
                run.sources(),
                options);
        for (int i = 0; i < found.size(); i++) {
          state.put(toMeasure.get(i).name(), found.get(i));
        }
        state.write();
        phases.next();
        if (toMeasure.equals(toWrite)) {
          write(run, toWrite, state);
          return;
        }
      }
    }
    if (!toWrite.isEmpty()) {
      try (PreparedRun run = prepare(toWrite)) {
        write(run, toWrite, state);
      }
    }
  }

  private void write(PreparedRun run, List<Variant> variants, SweepState state) {
    run.plan().outputs().forEach(phases::planned);
    MergeOptions own = options.withOverwrite(mayReplace(variants, state));
    variants.forEach(variant -> state.begin(variant.name(), state(file(variant))));
    state.write();
    MergeRun.intoFiles(run, own).run();
    phases.next();
  }

  /// Whether what lies where variants are to be written may go: by `--force`, of this run or of the
  /// one that was stopped.
  private boolean mayReplace(List<Variant> variants, SweepState state) {
    return options.overwrite()
        || variants.stream()
            .allMatch(variant -> state.mayWrite(variant.name(), state(file(variant))));
  }

  private static void refuse(List<Problem> problems) {
    if (!problems.isEmpty()) {
      throw new MokumeException(problems.stream().distinct().toList());
    }
  }

  /// What speaks against writing variants is told before any is measured.
  ///
  /// @param outputBytes of each
  private void refuseOutputs(
      List<Variant> variants, long outputBytes, List<Path> inputs, SweepState state) {
    List<AtomicFileSet.Target> targets = new ArrayList<>();
    for (Variant variant : variants) {
      targets.add(new AtomicFileSet.Target(file(variant), outputBytes));
    }
    refuse(
        AtomicFileSet.problems(
            targets,
            AtomicFileOutput.Options.defaults()
                .replaceExisting(mayReplace(variants, state))
                .inputs(inputs)));
  }

  /// The variants that an earlier run of this sweep has written: each file carries its recipe.
  private Set<String> there(SweepState state) {
    Set<String> there = new TreeSet<>();
    for (Variant variant : sweep.variants()) {
      Path file = file(variant);
      if (state.hasWritten(variant.name(), state(file))
          && RecipeWriter.provenance(variant.recipe()).equals(recipe(file))) {
        there.add(variant.name());
      }
    }
    return there;
  }

  private static String recipe(Path file) {
    try (Checkpoint written = Checkpoints.open(file)) {
      return written.metadata().getOrDefault(Provenance.RECIPE, "");
    } catch (MokumeException e) {
      // Whatever it is, no sweep wrote it; writing it will say so.
      return "";
    }
  }

  /// Of what every variant is made of: the recipe, the states of its files, and who computes.
  private String fingerprint(List<Path> files) {
    StringBuilder text = new StringBuilder(Version.current());
    text.append('\n').append(RecipeWriter.write(sweep.recipe()));
    for (Path file : files) {
      // What is no file of this machine has nothing but its name.
      text.append('\n').append(file.toAbsolutePath()).append(' ').append(state(file));
    }
    return Fingerprints.of(text.toString());
  }

  /// Size and time of a file; empty if it cannot be told, as where there is none.
  private static String state(Path file) {
    try {
      BasicFileAttributes state = Files.readAttributes(file, BasicFileAttributes.class);
      return state.size() + " " + state.lastModifiedTime().to(TimeUnit.NANOSECONDS);
    } catch (IOException | UnsupportedOperationException e) {
      return "";
    }
  }

  /// Tells of the whole sweep what its runs tell of themselves: how far it is, and everything once.
  private static final class Phases implements MergeListener {
    private final MergeListener listener;
    private final Set<String> told = ConcurrentHashMap.newKeySet();
    private volatile int expected = 1;
    private final AtomicInteger done = new AtomicInteger();

    Phases(MergeListener listener) {
      this.listener = listener;
    }

    void expect(int phases) {
      done.set(0);
      expected = Math.max(1, phases);
    }

    void next() {
      done.incrementAndGet();
    }

    @Override
    public void planned(MergePlan plan) {
      listener.planned(plan);
    }

    @Override
    public void progressed(long bytes, long total) {
      int before = done.get();
      listener.progressed(before * total + bytes, Math.max(expected, before + 1) * total);
    }

    @Override
    public void noted(String message) {
      if (told.add(message)) {
        listener.noted(message);
      }
    }

    @Override
    public void warned(String message) {
      if (told.add(message)) {
        listener.warned(message);
      }
    }
  }
}
