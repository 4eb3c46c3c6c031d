package dev.mokume.cli;

import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume mask random`
@Command(
    name = "random",
    description = "Selects elements of a model at random.",
    customSynopsis = "mokume mask random MODEL -o OUT [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Example:",
      "  mokume mask random a.safetensors --density 0.25 --seed 7 -o m.safetensors"
    })
final class MaskRandomCommand implements Callable<Integer> {
  private final Session session;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "The model whose tensors the mask is for.")
  private Path model = Path.of("");

  @Option(
      names = "--density",
      order = 10,
      paramLabel = "P",
      description = "The share of elements to select, 0..1; default 0.5.")
  private Optional<Double> density = Optional.empty();

  @Option(names = "--seed", order = 11, paramLabel = "N", description = "Default 1.")
  private long seed = 1;

  @Mixin private final CurveFlags curves = new CurveFlags();

  @Mixin private final MaskOutput output = new MaskOutput();

  MaskRandomCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    MaskNumbers numbers = new MaskNumbers(curves, "density", new Problems());
    Ratio clearShare = numbers.clearShare(density);
    numbers.throwIfAny("random");
    Mask mask = new Mask.Random(new Weights.Source(ModelNames.letter(0)), clearShare, seed);
    return output.write(session, mask, List.of(model));
  }
}
