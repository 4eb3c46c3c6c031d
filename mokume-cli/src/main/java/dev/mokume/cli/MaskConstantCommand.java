package dev.mokume.cli;

import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume mask constant`
@Command(
    name = "constant",
    description =
        "Selects everything of a model, or nothing; 'mokume mask edit' then changes single layers.",
    customSynopsis = "mokume mask constant MODEL -o OUT [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Example:",
      "  mokume mask constant a.safetensors --value false -o m.safetensors"
    })
final class MaskConstantCommand implements Callable<Integer> {
  private final Session session;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "The model whose tensors the mask is for.")
  private Path model = Path.of("");

  @Option(
      names = "--value",
      order = 10,
      arity = "1",
      paramLabel = "true|false",
      description = "true (the default) selects everything.")
  private boolean value = true;

  @Mixin private final MaskOutput output = new MaskOutput();

  MaskConstantCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Mask mask = new Mask.Constant(new Weights.Source(ModelNames.letter(0)), value);
    return output.write(session, mask, List.of(model));
  }
}
