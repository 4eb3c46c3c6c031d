package dev.mokume.cli;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume mask quarter`
@Command(
    name = "quarter",
    description =
        "Selects one of four disjoint random quarters of a model; the four of one seed cover it.",
    customSynopsis = "mokume mask quarter MODEL --quarter 0..3 -o OUT [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Example:",
      "  mokume mask quarter a.safetensors --quarter 0 --seed 7 -o m0.safetensors"
    })
final class MaskQuarterCommand implements Callable<Integer> {
  private final Session session;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "The model whose tensors the mask is for.")
  private Path model = Path.of("");

  @Option(
      names = "--quarter",
      order = 10,
      required = true,
      paramLabel = "0..3",
      description = "Which quarter.")
  private int quarter;

  @Option(names = "--seed", order = 11, paramLabel = "N", description = "Default 1.")
  private long seed = 1;

  @Mixin private final MaskOutput output = new MaskOutput();

  MaskQuarterCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (quarter < 0 || quarter > 3) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE, "--quarter must be 0, 1, 2 or 3 but was " + quarter + ".");
    }
    Mask mask =
        new Mask.Quarter(
            new Weights.Source(ModelNames.letter(0)), quarter, seed, OptionalLong.empty());
    return output.write(session, mask, List.of(model));
  }
}
