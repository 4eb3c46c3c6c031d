package dev.mokume.cli;

import dev.mokume.recipe.mergekit.ModelPlaces;
import dev.mokume.tokenizer.TokenizerMerge;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// The models whose tokenizers a command is about.
final class TokenizerModels {
  @Parameters(
      index = "0..*",
      arity = "1..*",
      paramLabel = "MODEL",
      description =
          "A model's folder, a file in it, or a repository that is in the Hugging Face cache"
              + " already. The first one is what the others are measured by.")
  private List<String> models = new ArrayList<>();

  @Mixin private final CacheFlag cache = new CacheFlag();

  /// The folders of the tokenizers by what the command line calls the models.
  SequencedMap<String, Path> folders() {
    ModelPlaces places = new ModelPlaces(List.of(Path.of("")), cache.cache(), Map.of());
    SequencedMap<String, Path> folders = new LinkedHashMap<>();
    Problems problems = new Problems();
    for (String model : models) {
      Path folder = problems.collect(Path.of(model), () -> TokenizerMerge.folder(places.of(model)));
      if (folders.putIfAbsent(model, folder) != null) {
        problems.add(model + ": is given twice; name each model once.");
      }
    }
    problems.throwIfAny();
    return folders;
  }
}
