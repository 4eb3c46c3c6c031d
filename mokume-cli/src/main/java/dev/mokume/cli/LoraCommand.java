package dev.mokume.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `mokume lora`: names what can be done with LoRAs.
@Command(
    name = "lora",
    description =
        "Works with LoRAs and their kin (LoCon, LoHa, LoKr, DoRA, GLoRA, OFT, BOFT): small files"
            + " that change a model.",
    synopsisSubcommandLabel = "WHAT",
    commandListHeading = "%nWhat to do:%n",
    footer = {
      "",
      "Examples:",
      "  mokume lora apply model.safetensors style.safetensors=0.8 -o out.safetensors",
      "  mokume lora extract tuned.safetensors base.safetensors --rank 64 -o style.safetensors",
      "  mokume lora merge a.safetensors=0.7 b.safetensors=0.5 -o both.safetensors"
    })
final class LoraCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private final Help help = new Help();

  static CommandLine commandLine(Session session) {
    CommandLine lora = new CommandLine(new LoraCommand());
    lora.addSubcommand(new LoraApplyCommand(session));
    lora.addSubcommand(new LoraExtractCommand(session));
    lora.addSubcommand(new LoraMergeCommand(session));
    lora.addSubcommand(new LoraResizeCommand(session));
    lora.addSubcommand(new LoraInspectCommand(session));
    return lora;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "what to do with a LoRA? Say it, as in 'mokume lora apply'");
  }
}
