package dev.mokume.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `mokume tokenizer`: names what can be done with tokenizers.
@Command(
    name = "tokenizer",
    description =
        "Looks at tokenizers of language models, compares them, and makes one of several.",
    synopsisSubcommandLabel = "WHAT",
    commandListHeading = "%nWhat to do:%n",
    footer = {
      "",
      "Examples:",
      "  mokume tokenizer inspect base chat",
      "  mokume tokenizer union base chat -o merged"
    })
final class TokenizerCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private final Help help = new Help();

  static CommandLine commandLine(Session session) {
    CommandLine tokenizer = new CommandLine(new TokenizerCommand());
    tokenizer.addSubcommand(new TokenizerInspectCommand(session));
    tokenizer.addSubcommand(new TokenizerUnionCommand(session));
    return tokenizer;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "what to do with a tokenizer? Say it, as in 'mokume tokenizer inspect'");
  }
}
