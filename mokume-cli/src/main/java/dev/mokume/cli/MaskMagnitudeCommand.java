package dev.mokume.cli;

import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Mask.Quantile;
import dev.mokume.recipe.Mask.Select;
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

/// `mokume mask magnitude`
@Command(
    name = "magnitude",
    description =
        "Selects the elements that differ least (or most) between two models, tensor by tensor.",
    customSynopsis = "mokume mask magnitude A C --threshold Q -o OUT [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Example, the nine tenths that a training changed least:",
      "  mokume mask magnitude trained.safetensors base.safetensors --threshold 0.9 \\",
      "      --select below -o m.safetensors"
    })
final class MaskMagnitudeCommand implements Callable<Integer> {
  private final Session session;

  @Parameters(index = "0", paramLabel = "A", description = "The first model.")
  private Path first = Path.of("");

  @Parameters(index = "1", paramLabel = "C", description = "The model that it is compared with.")
  private Path second = Path.of("");

  @Option(
      names = "--threshold",
      order = 10,
      paramLabel = "Q",
      description = "The quantile of |C - A| in each tensor, 0..1.")
  private Optional<Double> threshold = Optional.empty();

  @Option(
      names = "--select",
      order = 11,
      paramLabel = "SIDE",
      description = "below (the default) or above the threshold.")
  private String select = "below";

  @Option(
      names = "--quantile",
      order = 12,
      paramLabel = "RULE",
      description =
          "exact (the default): over the whole tensor; median or quantile: over chunks of"
              + " 10,000,000, as the node pack does.")
  private String quantile = "exact";

  @Mixin private final CurveFlags curves = new CurveFlags();

  @Mixin private final MaskOutput output = new MaskOutput();

  MaskMagnitudeCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Problems problems = new Problems();
    MaskNumbers numbers = new MaskNumbers(curves, "threshold", problems);
    Ratio limit = numbers.threshold(threshold);
    Select side = problems.oneOf("--select", select, Select.values());
    Quantile.Rule rule = problems.oneOf("--quantile", quantile, Quantile.Rule.values());
    numbers.throwIfAny("magnitude");
    Mask mask =
        new Mask.Magnitude(
            new Weights.Source(ModelNames.letter(0)),
            new Weights.Source(ModelNames.letter(1)),
            limit,
            new Quantile(rule, Quantile.REFERENCE_CHUNK),
            side);
    return output.write(session, mask, List.of(first, second));
  }
}
