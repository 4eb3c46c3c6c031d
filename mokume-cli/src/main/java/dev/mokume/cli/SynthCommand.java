package dev.mokume.cli;

import dev.mokume.architecture.Layout;
import dev.mokume.architecture.Layouts;
import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.synth.Synth;
import dev.mokume.synth.SynthOptions;
import dev.mokume.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mokume synth`
@Command(
    name = "synth",
    description = {
      "Makes a checkpoint with the names, shapes and dtypes of a real kind, and pseudo-random"
          + " weights of plausible size.",
      "With --from it makes a sibling: that checkpoint plus noise, as a fine-tuned model differs"
          + " from its base."
    },
    customSynopsis = {
      "mokume synth --layout NAME [--dtype T] [--seed N] -o OUT [OPTIONS]",
      "       mokume synth --from FILE --noise X [--dtype T] [--seed N] -o OUT [OPTIONS]",
      "       mokume synth --list"
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  mokume synth --layout sd15 --dtype f16 --seed 1 -o base.safetensors",
      "  mokume synth --from base.safetensors --noise 0.05 --seed 2 -o tuned.safetensors"
    })
final class SynthCommand implements Callable<Integer> {
  private static final double USUAL_NOISE = 0.05;

  private final Session session;

  @Option(
      names = "--layout",
      order = 1,
      paramLabel = "NAME",
      description = "sd15, sdxl, flux-dev, llama32-1b ...; --list shows all.")
  private Optional<String> layout = Optional.empty();

  @Option(names = "--list", order = 2, description = "List the layouts.")
  private boolean list;

  @Option(
      names = "--from",
      order = 3,
      paramLabel = "FILE",
      description = "The checkpoint to make a sibling of.")
  private Optional<Path> from = Optional.empty();

  @Option(
      names = "--noise",
      order = 4,
      paramLabel = "X",
      description =
          "With --from: the size of the difference, in deviations of each tensor; default 0.05.")
  private Optional<Double> noise = Optional.empty();

  @Option(
      names = "--dtype",
      order = 5,
      paramLabel = "TYPE",
      description = "Of all floats; default: the layout's or the checkpoint's own.")
  private Optional<String> dtype = Optional.empty();

  @Option(names = "--seed", order = 6, paramLabel = "N", description = "Default 0.")
  private long seed;

  @Option(
      names = {"-o", "--output"},
      order = 7,
      paramLabel = "OUT",
      description = "The file to write.")
  private Optional<Path> output = Optional.empty();

  @Option(names = "--force", order = 8, description = "Replace an output that exists.")
  private boolean force;

  @Option(
      names = "--no-fsync",
      order = 9,
      description = "Do not wait until the output is on the disk.")
  private boolean noFsync;

  @Mixin private final SpeedOptions speed = new SpeedOptions();

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  SynthCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (list) {
      return list();
    }
    if (layout.isEmpty() && from.isEmpty()) {
      throw new MissingArgument(
          "say what to make: --layout NAME ('mokume synth --list' shows them), or a sibling of"
              + " --from FILE");
    }
    if (output.isEmpty()) {
      throw new MissingArgument("say where to write the checkpoint: -o OUT");
    }
    Problems problems = new Problems();
    if (noise.isPresent() && from.isEmpty()) {
      problems.add("--noise goes with --from FILE.");
    }
    Optional<DType> floats = dtype.flatMap(text -> Dtypes.parse(text, problems));
    Optional<Layout> chosen =
        layout.flatMap(
            name -> problems.collect(Optional.empty(), () -> Optional.of(Layouts.load(name))));
    if (chosen.isPresent() && from.isPresent()) {
      requireLayout(chosen.get(), from.get(), problems);
    }
    int threads = speed.threads(problems);
    problems.throwIfAny();
    return make(chosen, floats, output.orElseThrow(), threads);
  }

  /// With both --layout and --from, the file has to be of that layout: its tensors and shapes,
  /// whatever their dtypes.
  private static void requireLayout(Layout layout, Path file, Problems problems) {
    problems.collect(
        false,
        () -> {
          try (Checkpoint checkpoint = Checkpoints.open(file)) {
            List<String> odd = new ArrayList<>();
            layout
                .tensors()
                .forEach((name, entry) -> {
                  StoredTensor stored = checkpoint.tensors().get(name);
                  if (stored == null
                      ? !entry.optional()
                      : !stored.spec().shape().equals(entry.spec().shape())) {
                    odd.add(name);
                  }
                });
            checkpoint.tensors().keySet().stream()
                .filter(name -> !layout.tensors().containsKey(name))
                .forEach(odd::add);
            if (!odd.isEmpty()) {
              problems.add(
                  file
                      + ": is not of the layout "
                      + layout.name()
                      + ": "
                      + Amount.count(odd.size(), "tensor is", "tensors are")
                      + " missing, more or of another shape, '"
                      + odd.getFirst()
                      + "' first. Leave --layout out to make a sibling of whatever the file is.");
            }
          }
          return true;
        });
  }

  private int make(Optional<Layout> chosen, Optional<DType> floats, Path target, int threads) {
    long start = System.nanoTime();
    CheckpointLayout written;
    try (ProgressLine progress = new ProgressLine(session, "writing")) {
      SynthOptions options =
          SynthOptions.defaults()
              .withThreads(threads)
              .withOutput(
                  AtomicFileOutput.Options.defaults().replaceExisting(force).durable(!noFsync))
              .withProgress(progress::progressed)
              .withCancelled(session.cancellation()::isCancelled);
      written =
          from.isPresent()
              ? Synth.sibling(from.get(), noise.orElse(USUAL_NOISE), floats, seed, target, options)
              : Synth.fromLayout(chosen.orElseThrow(), floats, seed, target, options);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    if (json) {
      Json.write(
          session.out(),
          out -> {
            out.text("output", target.toString());
            out.number("bytes", written.size());
            out.number("tensors", written.placements().size());
            out.number("seconds", seconds);
          });
    } else {
      session
          .out()
          .println(
              "wrote "
                  + target
                  + ": "
                  + Amount.bytes(written.size())
                  + " in "
                  + Merging.seconds(seconds)
                  + " ("
                  + Amount.count(written.placements().size(), "tensor", "tensors")
                  + ")");
    }
    return ExitCode.OK;
  }

  private int list() {
    if (json) {
      Json.write(session.out(), out -> out.texts("layouts", Layouts.names()));
      return ExitCode.OK;
    }
    Table table = Table.of("short name", "layout");
    Layouts.shortNames().forEach(table::row);
    Layouts.names().stream()
        .filter(name -> !Layouts.shortNames().containsValue(name))
        .forEach(name -> table.row("", name));
    table.print(session.out(), "");
    return ExitCode.OK;
  }
}
