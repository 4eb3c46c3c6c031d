package dev.mokume.cli;

import dev.mokume.lowrank.RankChoice;
import dev.mokume.lowrank.RecombinationOptions;
import dev.mokume.lowrank.RecombinationOptions.Way;
import dev.mokume.lowrank.WeightedLora;
import dev.mokume.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume lora merge`
@Command(
    name = "merge",
    description = {
      "Makes one LoRA of several. By default their factors stand side by side, which is exactly the"
          + " weighted sum of what they do; ranks add up.",
      "With --rank the sum is cut to a rank, as 'mokume lora resize' does."
    },
    customSynopsis = "mokume lora merge LORA[=WEIGHT] LORA[=WEIGHT] ... -o OUT [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  mokume lora merge a.safetensors=0.7 b.safetensors=0.5 -o both.safetensors",
      "  mokume lora merge a.safetensors b.safetensors --mean products --rank 64 -o"
          + " mean.safetensors"
    })
final class LoraMergeCommand implements Callable<Integer> {
  /// What is averaged.
  private enum Mean {
    PRODUCTS,
    FACTORS
  }

  private final Session session;

  @Parameters(
      index = "0..*",
      arity = "1..*",
      paramLabel = "LORA[=WEIGHT]",
      description = "A LoRA and its factor in the sum: 1 unless it says otherwise.")
  private List<String> loras = new ArrayList<>();

  @Option(
      names = "--mean",
      order = 10,
      paramLabel = "OF",
      description =
          "Average instead of adding: products (the mean of what the LoRAs do) or factors (the mean"
              + " of ups and of downs, as some tools do; their product is another thing, and ranks"
              + " have to be alike).")
  private Optional<String> mean = Optional.empty();

  @Option(
      names = "--rank",
      order = 11,
      paramLabel = "N",
      description = "Cut each layer to this rank.")
  private Optional<Integer> rank = Optional.empty();

  @Mixin private final LoraOutput output = new LoraOutput();

  LoraMergeCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Problems problems = new Problems();
    List<WeightedLora> weighted = problems.collectAll(loras, LoraMergeCommand::weighted);
    Way way =
        mean.map(text -> problems.oneOf("--mean", text, Mean.values()))
            .map(of ->
                switch (of) {
                  case PRODUCTS -> Way.MEAN_OF_PRODUCTS;
                  case FACTORS -> Way.MEAN_OF_FACTORS;
                })
            .orElse(Way.SUM);
    if (way == Way.MEAN_OF_FACTORS && rank.isPresent()) {
      problems.add(
          "--rank does not go with --mean factors, whose rank is the LoRAs' own; use --mean"
              + " products.");
    }
    Optional<RankChoice> choice =
        problems.collect(
            Optional.empty(), () -> rank.map(most -> (RankChoice) new RankChoice.Fixed(most)));
    Optional<DType> dtype = output.dtype.flatMap(text -> Dtypes.parseFactors(text, problems));
    return output.write(session, weighted, new RecombinationOptions(way, choice, dtype), problems);
  }

  private static WeightedLora weighted(String text) {
    LoraArgument lora = LoraArgument.parse(text, "weight");
    return new WeightedLora(lora.place(), lora.number());
  }
}
