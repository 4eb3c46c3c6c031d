package dev.mokume.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// Options of mergekit's programs that have no meaning here, so that a line that was written for
/// them runs as it is. What is ignored is said.
final class ForeignFlags {
  private static final String IGNORED = "Ignored.";
  private static final String CPU = "Mokume computes on the CPU";
  private static final String MEMORY = "weights are always read a tile at a time";

  @Spec(Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = {"--cuda", "--no-cuda", "--read-to-gpu", "--no-read-to-gpu", "--multi-gpu"},
      hidden = true,
      description = IGNORED)
  private boolean gpu;

  @Option(
      names = {"--no-multi-gpu", "--gpu-rich", "--no-gpu-rich"},
      hidden = true,
      description = IGNORED)
  private boolean moreGpu;

  @Option(names = "--device", hidden = true, paramLabel = "NAME", description = IGNORED)
  private String device = "";

  @Option(
      names = {
        "--low-cpu-memory",
        "--no-low-cpu-memory",
        "--lazy-unpickle",
        "--no-lazy-unpickle",
        "--clone-tensors",
        "--no-clone-tensors",
        "--async-write",
        "--no-async-write"
      },
      hidden = true,
      description = IGNORED)
  private boolean memory;

  @Option(
      names = {"--num-threads", "--write-threads"},
      hidden = true,
      paramLabel = "N",
      description = IGNORED)
  private int threads;

  @Option(
      names = {
        "--trust-remote-code",
        "--no-trust-remote-code",
        "--allow-crimes",
        "--no-allow-crimes",
        "--safe-serialization"
      },
      hidden = true,
      description = IGNORED)
  private boolean trust;

  @Option(
      names = {"--lora-merge-cache", "--lora-merge-dtype"},
      hidden = true,
      paramLabel = "VALUE",
      description = IGNORED)
  private String adapters = "";

  @Option(
      names = {"-v", "--verbose", "--no-verbose", "-q", "--quiet", "--no-quiet"},
      hidden = true,
      description = IGNORED)
  private boolean words;

  /// What of the command line is ignored, a sentence each.
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    for (String argument : spec.commandLine().getParseResult().originalArgs()) {
      String name = argument.split("=", 2)[0];
      String reason = reason(name);
      if (!reason.isEmpty()) {
        notes.add(name + " is ignored: " + reason + ".");
      }
    }
    return notes;
  }

  private static String reason(String option) {
    return switch (option.replaceFirst("^--no-", "--")) {
      case "--cuda", "--read-to-gpu", "--multi-gpu", "--gpu-rich", "--device" -> CPU;
      case "--low-cpu-memory", "--lazy-unpickle", "--clone-tensors", "--async-write" -> MEMORY;
      case "--num-threads", "--write-threads" -> "--threads says how many there are";
      case "--trust-remote-code" -> "no code of a model is run";
      case "--allow-crimes" -> "what has the same names and shapes is merged";
      case "--safe-serialization" -> "safetensors are written anyway";
      case "--lora-merge-cache", "--lora-merge-dtype" ->
          "adapters are applied as they are read, in f32";
      case "-v", "--verbose", "-q", "--quiet" -> "Mokume says the same either way";
      default -> "";
    };
  }
}
