package dev.mokume.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `mokume` alone: says what there is.
@Command(
    name = "mokume",
    header =
        "Merges neural-network checkpoints: reproducible to the bit, in a fixed memory budget.",
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = MokumeCommand.Provider.class,
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "Examples:",
      "  mokume demo",
      "  mokume merge --method weighted-sum a.safetensors b.safetensors --alpha 0.35 -o"
          + " merged.safetensors",
      "  mokume plan merge.yaml",
      "",
      "'mokume COMMAND --help' explains a command. Exit codes: docs/exit-codes.md."
    })
final class MokumeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private final Help help = new Help();

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      order = 901,
      description = "Show the version and exit.")
  private boolean version;

  /// Without a command there is nothing to do but to say which there are.
  @Override
  public Integer call() {
    CommandLine mokume = spec.commandLine();
    mokume.usage(mokume.getErr());
    return ExitCode.USAGE;
  }

  /// The build's version.
  static final class Provider implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {Version.line()};
    }
  }
}
