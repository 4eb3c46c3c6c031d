package dev.mokume.cli;

import dev.mokume.plan.MergeOutput;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Rng;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Where a mask goes and how it is made; the same for every kind.
final class MaskOutput {
  @Option(
      names = {"-o", "--output"},
      order = 1,
      paramLabel = "OUT",
      description = "The mask file to write.")
  private Optional<Path> output = Optional.empty();

  @Option(names = "--dry-run", order = 2, description = "Only show the plan.")
  private boolean dryRun;

  @Mixin private final ProfileFlags profile = new ProfileFlags();

  @Mixin private final RunOptions run = new RunOptions();

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  /// Makes `mask`, whose models are called A, B, C in the order of `models`.
  int write(Session session, Mask mask, List<Path> models) {
    SequencedMap<String, Path> names = new LinkedHashMap<>();
    models.forEach(model -> names.put(ModelNames.letter(names.size()), model));
    Recipe recipe =
        new Recipe(
            names,
            new LinkedHashMap<>(),
            new LinkedHashMap<>(),
            new LinkedHashMap<>(),
            Result.MaskFile.of(mask),
            profile.compat().orElse(Compat.NONE),
            profile.rng().orElse(Rng.STATELESS));
    if (dryRun) {
      return new PlanReport(session, run, json, false)
          .show(new MergeOutput(recipe, output.orElse(PlanCommand.NOWHERE)));
    }
    if (output.isEmpty()) {
      throw new MissingArgument("say where to write the mask: -o OUT");
    }
    return new Merging(session, run, json).write(new MergeOutput(recipe, output.get()), "masking");
  }
}
