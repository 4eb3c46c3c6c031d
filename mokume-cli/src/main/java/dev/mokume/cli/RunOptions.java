package dev.mokume.cli;

import dev.mokume.MergeListener;
import dev.mokume.MergeOptions;
import dev.mokume.MergeOptions.NonFinite;
import dev.mokume.checkpoint.AtomicFileOutput;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// How a command runs. None of these options changes the weights that come out.
final class RunOptions {
  @Mixin private final SpeedOptions speed = new SpeedOptions();

  @Option(names = "--force", order = 503, description = "Replace an output that exists.")
  private boolean force;

  @Option(
      names = "--non-finite",
      order = 504,
      paramLabel = "POLICY",
      description =
          "What to do about NaN and infinity in what is computed: refuse (the default) or warn.")
  private Optional<String> nonFinite = Optional.empty();

  @Option(
      names = "--strict",
      order = 505,
      description =
          "Refuse an input of which something had to be skipped, or a LoRA of which something finds"
              + " no home, instead of telling of it in a note.")
  private boolean strict;

  @Option(
      names = "--no-fingerprints",
      order = 506,
      description =
          "Leave the inputs' SHA-256 out of the output's metadata; saves reading the inputs once"
              + " more.")
  private boolean noFingerprints;

  @Option(
      names = "--no-fsync",
      order = 507,
      description =
          "Do not wait until the output is on the disk; a power failure may then lose it.")
  private boolean noFsync;

  @Mixin private final Profiling profiling = new Profiling();

  /// @throws dev.mokume.error.MokumeException with everything that is wrong with the options
  MergeOptions toOptions(Session session, MergeListener listener) {
    Problems problems = new Problems();
    NonFinite policy =
        nonFinite
            .map(text -> problems.oneOf("--non-finite", text, NonFinite.values()))
            .orElse(NonFinite.REFUSE);
    MergeOptions options = speed.toOptions(session, listener, problems);
    problems.throwIfAny();
    return options
        .withOverwrite(force)
        .withNonFinite(policy)
        .withFingerprints(!noFingerprints)
        .withStrict(strict)
        .withDurable(!noFsync);
  }

  /// How a file that is no merge's is written.
  AtomicFileOutput.Options output() {
    return AtomicFileOutput.Options.defaults().replaceExisting(force).durable(!noFsync);
  }

  /// Does the work of the command, and notes where its time went if that is wanted.
  <T> T profiled(Supplier<T> work) {
    return profiling.record(output(), work);
  }

  /// Tells of the work, and where its time went.
  ///
  /// @param document if `json`, else `words`
  void tell(Session session, boolean json, Consumer<Json> document, Consumer<PrintWriter> words) {
    profiling.tell(session, json, document, words);
  }

  /// Whether there is to be a recording, which is of one piece of work.
  boolean keepsRecording() {
    return profiling.keepsRecording();
  }

  boolean strict() {
    return strict;
  }

  MemoryBudget budget(Session session) {
    return speed.budget(session);
  }
}
