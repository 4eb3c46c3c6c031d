package dev.mokume.cli;

import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.error.Amount;
import dev.mokume.lowrank.RunSettings;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Where a LoRA goes, how making it runs and how it is told: the same for every command that makes
/// one.
final class LoraFlags {
  @Option(
      names = {"-o", "--output"},
      order = 1,
      required = true,
      paramLabel = "OUT",
      description =
          "The LoRA to write. For a language model's under PEFT's names, a name without an"
              + " extension is PEFT's folder.")
  private Path output = Path.of("");

  @Option(
      names = "--layers",
      order = 22,
      description = "Show every layer: its rank, and what its factors leave out.")
  private boolean everyLayer;

  @Mixin private final SpeedOptions speed = new SpeedOptions();

  @Option(names = "--force", order = 503, description = "Replace an output that exists.")
  private boolean force;

  @Option(
      names = "--no-fingerprints",
      order = 504,
      description =
          "Leave the inputs' SHA-256 out of the output's metadata; saves reading the inputs once"
              + " more.")
  private boolean noFingerprints;

  @Option(
      names = "--no-fsync",
      order = 505,
      description = "Do not wait until the output is on the disk.")
  private boolean noFsync;

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  Path output() {
    return output;
  }

  boolean everyLayer() {
    return everyLayer;
  }

  RunSettings settings(Session session, RunSettings.Progress progress, Problems problems) {
    return new RunSettings(
        speed.threads(problems),
        problems.collect("--memory", 0L, () -> speed.budget(session).buffers()),
        !noFingerprints,
        AtomicFileOutput.Options.defaults().replaceExisting(force).durable(!noFsync),
        session.cancellation()::isCancelled,
        progress);
  }

  /// Tells what was made, in JSON if that was asked for.
  int tell(Session session, Consumer<Json> json, Runnable words) {
    if (this.json) {
      Json.write(session.out(), json);
    } else {
      words.run();
    }
    return ExitCode.OK;
  }

  /// `wrote out.safetensors: 84.2 MB in 4.4 s (264 layers, 3 tensors copied)`
  static String sentence(Path output, long bytes, double seconds, String content) {
    return "wrote %s: %s in %s (%s)"
        .formatted(output, Amount.bytes(bytes), Merging.seconds(seconds), content);
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, share < 0.001 ? "%.2g %%" : "%.1f %%", 100 * share);
  }
}
