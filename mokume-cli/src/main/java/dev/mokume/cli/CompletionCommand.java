package dev.mokume.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `mokume completion`
@Command(
    name = "completion",
    description = "Prints a completion script for bash and zsh.",
    footer = {"", "Example, in ~/.bashrc or ~/.zshrc:", "  source <(mokume completion)"})
final class CompletionCommand implements Callable<Integer> {
  private final Session session;

  @Mixin private final Help help = new Help();

  CompletionCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    CommandLine mokume = Cli.commandLine(session);
    session.out().print(AutoComplete.bash("mokume", mokume));
    return ExitCode.OK;
  }
}
