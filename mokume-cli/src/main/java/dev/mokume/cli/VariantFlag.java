package dev.mokume.cli;

import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.recipe.Recipe;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/// The option that says which files of a folder in the layout of the diffusers library are read.
final class VariantFlag {
  private static final String NAME = "--variant";
  private static final int ORDER = 99;
  private static final String LABEL = "NAME";
  private static final String DESCRIPTION =
      "Of models in folders of the diffusers library read the files of this variant where there are"
          + " some: --variant fp16. Default: the plain ones. A note tells of others.";

  @Option(names = NAME, order = ORDER, paramLabel = LABEL, description = DESCRIPTION)
  private Optional<String> variant = Optional.empty();

  /// The same option for a command that is described without annotations.
  static OptionSpec option() {
    return OptionSpec.builder(NAME)
        .order(ORDER)
        .type(String.class)
        .paramLabel(LABEL)
        .description(DESCRIPTION)
        .build();
  }

  /// @throws dev.mokume.error.MokumeException for a name that no variant can have
  Path of(Path model) {
    return of(model, variant);
  }

  /// @throws dev.mokume.error.MokumeException for a name that no variant can have
  static Path of(Path model, Optional<String> variant) {
    return variant.map(name -> Checkpoints.variant(model, name)).orElse(model);
  }

  /// @throws dev.mokume.error.MokumeException for a name that no variant can have
  Recipe of(Recipe recipe) {
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    recipe.models().forEach((name, path) -> models.put(name, of(path)));
    return recipe.withModels(models);
  }
}
