package dev.mokume.cli;

import dev.mokume.MergeReport;
import dev.mokume.plan.MergeOutput;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.RecipeWriter;
import dev.mokume.recipe.mergekit.HuggingFaceCache;
import dev.mokume.recipe.mergekit.MergekitOptions;
import dev.mokume.recipe.mergekit.MergekitRecipe;
import dev.mokume.recipe.mergekit.ModelPlaces;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What the commands that merge by mergekit's configs have in common.
final class MergekitFlags {
  @Option(
      names = "--dry-run",
      order = 3,
      description = "Only show the plan, as 'mokume plan' does.")
  private boolean dryRun;

  @Option(
      names = "--as-recipe",
      order = 4,
      description = "Only print the recipe that does the same.")
  private boolean asRecipe;

  @Option(
      names = "--random-seed",
      order = 13,
      paramLabel = "N",
      description = "The seed of methods that drop at random; default 1.")
  private long seed = 1;

  @Mixin private final ShardFlags shards = new ShardFlags();

  @Option(
      names = "--compat",
      order = 16,
      paramLabel = "PROFILE",
      description = "mergekit reproduces its rounding and its defects; none is the default.")
  private Optional<String> compat = Optional.empty();

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  /// Whether nothing is to be written.
  boolean arePreview() {
    return dryRun || asRecipe;
  }

  /// Shows what is asked for in place of a merge.
  ///
  /// @param output a file
  int preview(Session session, RunOptions run, MergekitRecipe recipe, Path output) {
    if (asRecipe) {
      session.out().print(RecipeWriter.yaml(recipe.recipe()));
      return ExitCode.OK;
    }
    recipe.notes().forEach(note -> session.err().println("note: " + note));
    return new PlanReport(session, run, json, false)
        .show(new MergeOutput(recipe.recipe(), output, largestShard(), recipe.tokenizer()));
  }

  /// Tells what was merged.
  void tell(Session session, RunOptions run, MergeReport report) {
    new Merging(session, run, json).tell(report);
  }

  MergekitOptions options() {
    return MergekitOptions.defaults()
        .withCompat(compat.map(Compat::parse).orElse(Compat.NONE))
        .withSeed(seed);
  }

  /// In bytes.
  long largestShard() {
    return shards.largest();
  }

  /// Models are looked for here and beside the config.
  ///
  /// @param results folders of configs before, by their names
  static ModelPlaces places(Path config, HuggingFaceCache cache, Map<String, Path> results) {
    Path parent = config.toAbsolutePath().getParent();
    List<Path> folders = parent == null ? List.of(Path.of("")) : List.of(Path.of(""), parent);
    return new ModelPlaces(folders, cache, results);
  }
}
