package dev.mokume.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mokume plan`
@Command(
    name = "plan",
    description =
        "Shows what a merge would do, and everything that is wrong with it, without reading a"
            + " weight.",
    customSynopsis = {
      "mokume plan --method NAME A B [C ...] [OPTIONS]",
      "       mokume plan RECIPE.yaml [OPTIONS]"
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  mokume plan --method dare a.safetensors b.safetensors --mbw IN04=0.2,OUT=1",
      "  mokume plan recipe.yaml --json"
    })
final class PlanCommand implements Callable<Integer> {
  /// Stands for an output that was not named.
  static final Path NOWHERE = Path.of("out.safetensors");

  private final Session session;

  @Mixin private final MergeArguments arguments = new MergeArguments();

  @Option(names = "--tensors", order = 1, description = "List every tensor.")
  private boolean tensors;

  @Option(
      names = {"-o", "--output"},
      hidden = true,
      description =
          "So that a merge's arguments can be planned as they are: the name chooses the format, and"
              + " nothing is written.")
  private Optional<Path> output = Optional.empty();

  @Option(
      names = "--update",
      hidden = true,
      description = "As above; what an update would keep is shown.")
  private Optional<Path> update = Optional.empty();

  @Option(names = "--dry-run", hidden = true, description = "As above.")
  private boolean dryRun;

  @Mixin private final RunOptions run = new RunOptions();

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  PlanCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    PlanReport report = new PlanReport(session, run, json, tensors);
    return update.isPresent()
        ? report.showUpdate(arguments.update(update.get(), output), arguments.methods())
        : report.show(arguments.output(output.orElse(NOWHERE)));
  }
}
