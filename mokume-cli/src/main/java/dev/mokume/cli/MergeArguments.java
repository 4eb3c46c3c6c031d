package dev.mokume.cli;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.plan.MergeOutput;
import dev.mokume.plugin.MergeMethod;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.RecipeReader;
import dev.mokume.sweep.Axis;
import dev.mokume.sweep.Sweep;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// What `mokume merge` and `mokume plan` are told to merge: a recipe file, or models and a method.
final class MergeArguments {
  private static final List<String> RECIPE_EXTENSIONS = List.of(".yaml", ".yml");

  @Parameters(
      arity = "1..*",
      paramLabel = "MODEL",
      description = "The models in order, called A, B, C ...; or a single YAML recipe.")
  private List<Path> inputs = new ArrayList<>();

  @Mixin private final MethodFlags method = new MethodFlags();

  @Mixin private final PluginFlags plugins = new PluginFlags();

  @Mixin private final VariantFlag variant = new VariantFlag();

  @Mixin private final ProfileFlags profile = new ProfileFlags();

  @Mixin private final OutputFlags output = new OutputFlags();

  /// @throws MokumeException with every problem of the options
  Recipe recipe() {
    Headers headers = new Headers();
    Recipe recipe = variant.of(method.method.isPresent() ? methodRecipe(headers) : writtenRecipe());
    Problems problems = new Problems();
    Recipe profiled = problems.collect(recipe, () -> profile.applyTo(recipe));
    Recipe whole = problems.collect(profiled, () -> OutputSection.apply(output, profiled, headers));
    problems.throwIfAny();
    return whole;
  }

  /// The recipe and where it goes.
  ///
  /// @throws MokumeException with every problem of the options
  MergeOutput output(Path out) {
    Destination destination = output.destination();
    return destination.output(recipe(), out);
  }

  /// The methods that a recipe may name: Mokume's, and those of `--plugins`.
  MergeMethods methods() {
    return plugins.methods();
  }

  /// The recipe with some of its numbers varied; no weight is read.
  ///
  /// @throws MokumeException with every problem of the options
  Sweep sweep(List<Axis> axes, int most) {
    if (output.maxShard.isPresent()) {
      throw invalid(
          "--max-shard does not go with a sweep, where each result is one file, so that many are"
              + " made at once of one reading. Sweep without it, and divide the results that you"
              + " keep: mokume convert RESULT.safetensors FOLDER --max-shard "
              + output.maxShard.get());
    }
    return Sweep.of(recipe(), axes, plugins.methods(), most);
  }

  /// The merge that brings an output up to date.
  ///
  /// @param output as given with `-o`, which says another place
  /// @throws MokumeException with every problem of the options
  MergeOutput update(Path there, Optional<Path> output) {
    if (output.isPresent()) {
      throw invalid("-o and --update both say where the result goes; give one of them.");
    }
    MergeOutput merge = output(there);
    if (Merging.isPipeline(merge.recipe())) {
      throw invalid(
          "--update does not go with --names diffusers, where the output is a folder of many files;"
              + " write it anew with -o OUT --force.");
    }
    if (Files.isDirectory(merge.file())) {
      throw invalid(
          there
              + ": is a folder, and an output in a folder is divided into shards: say with"
              + " --max-shard how large they may be, as when it was written.");
    }
    return merge;
  }

  private Recipe methodRecipe(Headers headers) {
    for (Path input : inputs) {
      if (isRecipe(input)) {
        throw invalid(
            input
                + " is a recipe, which says itself how to merge: leave --method out, or name models"
                + " instead.");
      }
    }
    List<Path> models = inputs.stream().map(variant::of).toList();
    Optional<MergeMethod> applied =
        method.method.filter(name -> !Method.isKnown(name)).flatMap(plugins.methods()::named);
    if (applied.isPresent()) {
      return AppliedRecipes.of(method, applied.get(), models, headers);
    }
    if (!method.settings.isEmpty()) {
      throw invalid(
          "--set goes with methods that have parameters; "
              + method.method.orElse("")
              + " has options of its own.");
    }
    return MethodRecipes.of(method, models, headers);
  }

  private Recipe writtenRecipe() {
    if (inputs.size() != 1 || !isRecipe(inputs.getFirst())) {
      throw new MissingArgument(
          "say how to merge: --method NAME with models ('mokume methods' lists the methods), or a"
              + " single recipe file (.yaml)");
    }
    Set<MethodOption> given = method.given();
    if (!given.isEmpty()) {
      throw new MokumeException(
          given.stream()
              .map(option ->
                  new Problem(
                      ErrorCode.INVALID_RECIPE,
                      option.text()
                          + " does not go with a recipe file: write it in "
                          + inputs.getFirst()
                          + "."))
              .toList());
    }
    if (!method.settings.isEmpty()) {
      throw invalid("--set does not go with a recipe file: write it in " + inputs.getFirst() + ".");
    }
    return RecipeReader.read(inputs.getFirst(), plugins.methods());
  }

  private static boolean isRecipe(Path path) {
    String name = path.toString().toLowerCase(Locale.ROOT);
    return RECIPE_EXTENSIONS.stream().anyMatch(name::endsWith);
  }

  private static MokumeException invalid(String message) {
    return new MokumeException(ErrorCode.INVALID_RECIPE, message);
  }
}
