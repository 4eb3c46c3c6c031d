package dev.mokume.cli;

import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Mask.Fill;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume mask edit`
@Command(
    name = "edit",
    description = "Replaces layers of a mask.",
    customSynopsis = "mokume mask edit M --layers PATTERNS -o OUT [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Example:",
      "  mokume mask edit m.safetensors --layers 'input_blocks.{1,2}.*, middle_block' \\",
      "      --fill false -o m2.safetensors"
    })
final class MaskEditCommand implements Callable<Integer> {
  private final Session session;

  /// What layers are filled with, as users name it.
  enum Kind {
    TRUE,
    FALSE,
    RANDOM,
    GAUSSIAN
  }

  @Parameters(index = "0", paramLabel = "M", description = "The mask to start from.")
  private Path mask = Path.of("");

  @Option(
      names = "--layers",
      order = 10,
      required = true,
      paramLabel = "PATTERNS",
      description =
          "The layers to replace: names or beginnings of names, with * and {a,b}, separated by"
              + " commas.")
  private String layers = "";

  @Option(
      names = "--fill",
      order = 11,
      paramLabel = "WHAT",
      description = "true (the default), false, random or gaussian.")
  private String fill = "true";

  @Option(
      names = "--density",
      order = 12,
      paramLabel = "P",
      description = "random: the share of elements to select, 0..1; default 0.5.")
  private Optional<Double> density = Optional.empty();

  @Option(names = "--mean", order = 13, paramLabel = "X", description = "gaussian: default 0.")
  private Optional<Double> mean = Optional.empty();

  @Option(names = "--deviation", order = 14, paramLabel = "X", description = "gaussian: default 1.")
  private Optional<Double> deviation = Optional.empty();

  @Option(names = "--seed", order = 15, paramLabel = "N", description = "Default 1.")
  private long seed = 1;

  @Mixin private final CurveFlags curves = new CurveFlags();

  @Mixin private final MaskOutput output = new MaskOutput();

  MaskEditCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Problems problems = new Problems();
    Kind kind = problems.oneOf("--fill", fill, Kind.values());
    MaskNumbers numbers =
        new MaskNumbers(curves, kind == Kind.GAUSSIAN ? "mean" : "density", problems);
    Fill filling =
        switch (kind) {
          case TRUE -> new Fill.Constant(true);
          case FALSE -> new Fill.Constant(false);
          case RANDOM -> new Fill.Random(numbers.clearShare(density));
          case GAUSSIAN -> new Fill.Gaussian(numbers.mean(mean), numbers.deviation(deviation));
        };
    numbers.throwIfAny("edit --fill " + Problems.id(kind));
    return output.write(
        session, new Mask.Edited(new Mask.Stored(mask), filling, layers, seed), List.of(mask));
  }
}
