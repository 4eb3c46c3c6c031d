package dev.mokume.cli;

import dev.mokume.plan.MergeOutput;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume convert`
@Command(
    name = "convert",
    description = {
      "Writes a checkpoint anew: in another format, dtype or naming, in parts, without what is not"
          + " needed, or with parts of another. Weights that need no change are copied bit by bit.",
      "What IN is, its content tells; the name of OUT says the format that is written."
    },
    customSynopsis = "mokume convert IN OUT [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  mokume convert model.ckpt model.safetensors",
      "  mokume convert model.safetensors pruned.safetensors --ema drop --dtype f16",
      "  mokume convert model.safetensors baked.safetensors --vae vae.safetensors",
      "  mokume convert model.safetensors unet.safetensors --only unet --names bare",
      "  mokume convert model.safetensors model-diffusers --names diffusers",
      "  mokume convert model.safetensors shards --max-shard 5GB",
      "  mokume convert shards/model.safetensors.index.json joined.safetensors"
    })
final class ConvertCommand implements Callable<Integer> {
  private final Session session;

  @Parameters(
      index = "0",
      paramLabel = "IN",
      description = "A checkpoint, the index of a sharded one, or its folder.")
  private Path input = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "The file to write; a folder for --names diffusers or with --max-shard.")
  private Path output = Path.of("");

  @Mixin private final VariantFlag variant = new VariantFlag();

  @Mixin private final OutputFlags flags = new OutputFlags();

  @Option(
      names = "--dry-run",
      order = 2,
      description = "Only show the plan, as 'mokume plan' does.")
  private boolean dryRun;

  @Mixin private final RunOptions run = new RunOptions();

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  ConvertCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put(ModelNames.letter(0), variant.of(input));
    Result nothingElse = Result.Checkpoint.of(new LinkedHashMap<>());
    Recipe recipe = OutputSection.apply(flags, Recipe.of(models, nothingElse), new Headers());
    MergeOutput converted = flags.destination().output(recipe, output);
    if (dryRun) {
      return new PlanReport(session, run, json, false).show(converted);
    }
    return new Merging(session, run, json).write(converted, output, "converting");
  }
}
