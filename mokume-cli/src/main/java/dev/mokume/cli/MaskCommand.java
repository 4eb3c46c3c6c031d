package dev.mokume.cli;

import dev.mokume.recipe.Mask.SetOperation;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `mokume mask`: names the kinds of masks.
@Command(
    name = "mask",
    description = "Makes and combines masks: one bit an element, set = selected = may change.",
    synopsisSubcommandLabel = "KIND",
    commandListHeading = "%nKinds:%n",
    footer = {
      "",
      "Examples:",
      "  mokume mask magnitude a.safetensors base.safetensors --threshold 0.9 --select below \\",
      "      -o m.safetensors",
      "  mokume mask intersect m1.safetensors m2.safetensors -o m3.safetensors",
      "  mokume mask info m3.safetensors"
    })
final class MaskCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private final Help help = new Help();

  static CommandLine commandLine(Session session) {
    CommandLine mask = new CommandLine(new MaskCommand());
    mask.addSubcommand(new MaskMagnitudeCommand(session));
    for (SetOperation operation : SetOperation.values()) {
      String name = operation.name().toLowerCase(Locale.ROOT);
      CommandLine combine = new CommandLine(new MaskSetCommand(session, operation));
      combine.getCommandSpec().usageMessage().description(MaskSetCommand.description(operation));
      combine
          .getCommandSpec()
          .usageMessage()
          .customSynopsis("mokume mask " + name + " M1 M2 -o OUT [OPTIONS]");
      combine
          .getCommandSpec()
          .usageMessage()
          .footer(
              "",
              "Example:",
              "  mokume mask " + name + " m1.safetensors m2.safetensors -o m3.safetensors");
      mask.addSubcommand(name, combine);
    }
    mask.addSubcommand(new MaskRandomCommand(session));
    mask.addSubcommand(new MaskGaussianCommand(session));
    mask.addSubcommand(new MaskQuarterCommand(session));
    mask.addSubcommand(new MaskConstantCommand(session));
    mask.addSubcommand(new MaskEditCommand(session));
    mask.addSubcommand(new MaskInfoCommand(session));
    return mask;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which kind of mask? Name one, as in 'mokume mask magnitude'");
  }
}
