package dev.mokume.cli;

import dev.mokume.plan.MergeOutput;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mokume merge`
@Command(
    name = "merge",
    description =
        "Merges checkpoints into a new one. The same inputs and options give the same bytes, on any"
            + " machine.",
    customSynopsis = {
      "mokume merge --method NAME A B [C ...] -o OUT [OPTIONS]",
      "       mokume merge RECIPE.yaml -o OUT [OPTIONS]",
      "       mokume merge ... --update OUT [OPTIONS]"
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  mokume merge --method weighted-sum a.safetensors b.safetensors --alpha 0.35 -o"
          + " out.safetensors",
      "  mokume merge --method dare a.safetensors b.safetensors --drop-rate 0.8 --seed 1 \\",
      "      -o out.safetensors",
      "  mokume merge --method add-difference a.safetensors b.safetensors --base c.safetensors -o"
          + " out",
      "  mokume merge --method dare-ties a b --base c --gradient density=0.2,0.8 --mbw GRAD_V -o"
          + " out",
      "  mokume merge --method regmean a b --statistics gram_a.safetensors \\",
      "      --statistics gram_b.safetensors -o out",
      "  mokume merge --method fisher a b --statistics fisher_a --statistics fisher_b --base c \\",
      "      --sparse random --sparse-density 0.1 -o out",
      "  mokume merge recipe.yaml -o out.safetensors --dtype unet=f16 --vae vae.safetensors",
      "  mokume merge --method slerp a b -o merged --max-shard 5GB",
      "  mokume merge recipe.yaml --update out.safetensors"
    })
final class MergeCommand implements Callable<Integer> {
  private final Session session;

  @Mixin private final MergeArguments arguments = new MergeArguments();

  @Option(
      names = {"-o", "--output"},
      order = 1,
      paramLabel = "OUT",
      description = "The file to write; a folder for --names diffusers or with --max-shard.")
  private Optional<Path> output = Optional.empty();

  @Option(
      names = "--update",
      order = 2,
      paramLabel = "OUT",
      description =
          "Bring a file that Mokume wrote to what this merge would write, in the place of -o:"
              + " tensors that come out as they are there are copied from it, the others computed.")
  private Optional<Path> update = Optional.empty();

  @Option(
      names = "--dry-run",
      order = 3,
      description = "Only show the plan, as 'mokume plan' does.")
  private boolean dryRun;

  @Mixin private final RunOptions run = new RunOptions();

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  MergeCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (update.isPresent()) {
      return update(update.get());
    }
    if (output.isEmpty() && !dryRun) {
      throw new MissingArgument("say where to write the result: -o OUT");
    }
    Path out = output.orElse(PlanCommand.NOWHERE);
    MergeOutput merge = arguments.output(out);
    if (dryRun) {
      return new PlanReport(session, run, json, false).show(merge);
    }
    return new Merging(session, run, json).write(merge, out, "merging");
  }

  private int update(Path there) {
    MergeOutput merge = arguments.update(there, output);
    return dryRun
        ? new PlanReport(session, run, json, false).showUpdate(merge, arguments.methods())
        : new Updating(session, run, json).write(merge, arguments.methods());
  }
}
