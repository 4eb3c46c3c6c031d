package dev.mokume.cli;

import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.recipe.Recipe;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import picocli.CommandLine.Option;

/// The option that says which files of a folder in the layout of the diffusers library are read.
final class VariantFlag {
  @Option(
      names = "--variant",
      order = 99,
      paramLabel = "NAME",
      description =
          "Of models in folders of the diffusers library read the files of this variant where there"
              + " are some: --variant fp16. Default: the plain ones. A note tells of others.")
  private Optional<String> variant = Optional.empty();

  /// @throws dev.mokume.error.MokumeException for a name that no variant can have
  Path of(Path model) {
    return variant.map(name -> Checkpoints.variant(model, name)).orElse(model);
  }

  /// @throws dev.mokume.error.MokumeException for a name that no variant can have
  Recipe of(Recipe recipe) {
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    recipe.models().forEach((name, path) -> models.put(name, of(path)));
    return recipe.withModels(models);
  }
}
