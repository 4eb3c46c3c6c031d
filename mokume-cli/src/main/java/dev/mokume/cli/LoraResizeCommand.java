package dev.mokume.cli;

import dev.mokume.lowrank.RankChoice;
import dev.mokume.lowrank.RecombinationOptions;
import dev.mokume.lowrank.RecombinationOptions.Way;
import dev.mokume.lowrank.WeightedLora;
import dev.mokume.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume lora resize`
@Command(
    name = "resize",
    description =
        "Cuts a LoRA to a smaller rank: the best factors of that rank, from its factors alone.",
    customSynopsis = "mokume lora resize LORA --rank N -o OUT [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  mokume lora resize style.safetensors --rank 32 -o small.safetensors",
      "  mokume lora resize style.safetensors --energy 0.95 --rank 64 -o small.safetensors"
    })
final class LoraResizeCommand implements Callable<Integer> {
  private final Session session;

  @Parameters(index = "0", paramLabel = "LORA", description = "The LoRA to cut.")
  private Path lora = Path.of("");

  @Option(
      names = "--rank",
      order = 10,
      required = true,
      paramLabel = "N",
      description =
          "The most columns of a layer's factors. Layers of no higher rank stay as they are.")
  private int rank;

  @Option(
      names = "--energy",
      order = 11,
      paramLabel = "SHARE",
      description =
          "For each layer the smallest rank that holds this share of its product's sum of squares,"
              + " at most --rank.")
  private Optional<Double> energy = Optional.empty();

  @Mixin private final LoraOutput output = new LoraOutput();

  LoraResizeCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Problems problems = new Problems();
    Optional<RankChoice> choice =
        problems.collect(
            Optional.empty(),
            () ->
                Optional.of(
                    energy.isPresent()
                        ? new RankChoice.Energy(energy.get(), rank)
                        : new RankChoice.Fixed(rank)));
    Optional<DType> dtype = output.dtype.flatMap(text -> Dtypes.parseFactors(text, problems));
    return output.write(
        session,
        List.of(new WeightedLora(lora, 1)),
        new RecombinationOptions(Way.SUM, choice, dtype),
        problems);
  }
}
