package dev.mokume.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `mokume lora`: names what can be done with a LoRA.
@Command(
    name = "lora",
    description = "Makes LoRAs: low-rank factors that change a model.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "Examples:",
      "  mokume lora extract tuned.safetensors base.safetensors --rank 64 -o style.safetensors"
    })
final class LoraCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private final Help help = new Help();

  static CommandLine commandLine(Session session) {
    CommandLine lora = new CommandLine(new LoraCommand());
    lora.addSubcommand(new LoraExtractCommand(session));
    return lora;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "what is to be done? Name it, as in 'mokume lora extract'");
  }
}
