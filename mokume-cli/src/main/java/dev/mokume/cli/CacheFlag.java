package dev.mokume.cli;

import dev.mokume.recipe.mergekit.HuggingFaceCache;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/// Where models that are named as repositories of the Hugging Face hub are looked for.
final class CacheFlag {
  @Option(
      names = {"--hf-cache", "--transformers-cache"},
      order = 20,
      paramLabel = "DIR",
      description =
          "Where downloaded repositories lie; default: as the Hugging Face libraries have it"
              + " (HF_HUB_CACHE, HF_HOME).")
  private Optional<Path> folder = Optional.empty();

  HuggingFaceCache cache() {
    return folder.map(HuggingFaceCache::new).orElseGet(CacheFlag::usual);
  }

  /// Where the libraries have it.
  static HuggingFaceCache usual() {
    return HuggingFaceCache.usual(System.getenv(), Path.of(System.getProperty("user.home")));
  }
}
