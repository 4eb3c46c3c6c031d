package dev.mokume.cli;

import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume mask gaussian`
@Command(
    name = "gaussian",
    description =
        "Selects the elements whose normal draw is greater than the mean: about half of them.",
    customSynopsis = "mokume mask gaussian MODEL -o OUT [OPTIONS]",
    sortOptions = false,
    footer = {"", "Example:", "  mokume mask gaussian a.safetensors --seed 7 -o m.safetensors"})
final class MaskGaussianCommand implements Callable<Integer> {
  private final Session session;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "The model whose tensors the mask is for.")
  private Path model = Path.of("");

  @Option(names = "--mean", order = 10, paramLabel = "X", description = "Default 0.")
  private Optional<Double> mean = Optional.empty();

  @Option(
      names = "--deviation",
      order = 11,
      paramLabel = "X",
      description = "Default 1; 0 selects nothing.")
  private Optional<Double> deviation = Optional.empty();

  @Option(names = "--seed", order = 12, paramLabel = "N", description = "Default 1.")
  private long seed = 1;

  @Mixin private final CurveFlags curves = new CurveFlags();

  @Mixin private final MaskOutput output = new MaskOutput();

  MaskGaussianCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    MaskNumbers numbers = new MaskNumbers(curves, "mean", new Problems());
    Mask mask =
        new Mask.Gaussian(
            new Weights.Source(ModelNames.letter(0)),
            numbers.mean(mean),
            numbers.deviation(deviation),
            seed);
    numbers.throwIfAny("gaussian");
    return output.write(session, mask, List.of(model));
  }
}
