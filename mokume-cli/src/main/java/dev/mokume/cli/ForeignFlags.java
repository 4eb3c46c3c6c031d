package dev.mokume.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// Options of mergekit's programs that have no meaning here, so that a line that was written for
/// them runs as it is. What is ignored is said.
enum ForeignFlags {
  /// Of merges of models.
  MERGE(List.of()),
  /// Of merges of tensors, whatever they are of.
  FLAT(
      List.of(
          onOff("any models are merged that have tensors in common", "allow-crimes"),
          onOff("a flat merge writes weights only", "copy-tokenizer", "write-model-card"),
          valued("models of a flat merge are files", "--transformers-cache"))),
  /// Of the program that extracts adapters.
  EXTRACT(
      List.of(
          onOff("an adapter belongs to one architecture", "allow-crimes"),
          onOff("an adapter has neither", "copy-tokenizer", "write-model-card"),
          valued("an adapter is one file", "--out-shard-size"),
          onOff("the product of the factors is the same either way", "distribute-scale"),
          onOff("embeddings are left out of the adapter", "embed-lora", "extend-vocab"),
          valued("an adapter has factors only", "--save-module"),
          onOff("what has no factors is left out anyway", "skip-undecomposable"),
          valued("an adapter's config has no name of its own", "--model_name", "--model-name")));

  private static final String IGNORED = "Ignored: ";
  private static final String THREADS = "--threads";

  private final List<OptionSpec> own;

  ForeignFlags(List<OptionSpec> own) {
    this.own = own;
  }

  /// What all of the programs have.
  private static List<OptionSpec> common() {
    String cpu = "Mokume computes on the CPU";
    return List.of(
        onOff(cpu, "cuda", "read-to-gpu", "multi-gpu", "gpu-rich"),
        valued(cpu, "--device"),
        onOff(
            "weights are always read a tile at a time",
            "low-cpu-memory",
            "lazy-unpickle",
            "clone-tensors",
            "async-write"),
        valued("--threads says how many there are", "--write-threads"),
        onOff("no code of a model is run", "trust-remote-code"),
        onOff("safetensors are written anyway", "safe-serialization"),
        valued(
            "adapters are applied as they are read, in f32",
            "--lora-merge-cache",
            "--lora-merge-dtype"),
        flag("Mokume says the same either way", "-v", "-vv", "-vvv", "-q"),
        onOff("Mokume says the same either way", "verbose", "quiet"));
  }

  /// `--name` and `--no-name`.
  private static OptionSpec onOff(String reason, String... names) {
    return flag(
        reason,
        Arrays.stream(names)
            .flatMap(name -> List.of("--" + name, "--no-" + name).stream())
            .toArray(String[]::new));
  }

  private static OptionSpec flag(String reason, String... names) {
    return option(reason, names).type(boolean[].class).arity("0").build();
  }

  private static OptionSpec valued(String reason, String... names) {
    return option(reason, names).type(String[].class).arity("1").build();
  }

  private static OptionSpec.Builder option(String reason, String... names) {
    return OptionSpec.builder(names).hidden(true).paramLabel("VALUE").description(IGNORED + reason);
  }

  /// The command, which takes these options too, and knows its threads by their names as well.
  CommandLine addTo(CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    OptionSpec threads = spec.findOption(THREADS);
    spec.remove(threads);
    spec.addOption(OptionSpec.builder(threads).names(THREADS, "--num-threads", "-j").build());
    common().forEach(spec::addOption);
    own.forEach(option -> spec.addOption(OptionSpec.builder(option).build()));
    return command;
  }

  /// What of a command line is ignored, a sentence each.
  static List<String> of(CommandSpec spec) {
    List<String> notes = new ArrayList<>();
    for (String argument : spec.commandLine().getParseResult().originalArgs()) {
      String name = argument.split("=", 2)[0];
      reason(spec.findOption(name))
          .ifPresent(reason -> notes.add(name + " is ignored: " + reason + "."));
    }
    return notes.stream().distinct().toList();
  }

  private static Optional<String> reason(OptionSpec option) {
    return Optional.ofNullable(option)
        .map(known -> String.join("", known.description()))
        .filter(text -> text.startsWith(IGNORED))
        .map(text -> text.substring(IGNORED.length()));
  }
}
