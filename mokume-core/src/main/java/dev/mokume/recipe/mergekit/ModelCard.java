package dev.mokume.recipe.mergekit;

import java.util.List;
import java.util.Optional;

/// The README of a merged model, with the head that the Hugging Face hub reads.
final class ModelCard {
  private final MergekitConfig config;
  private final List<String> repositories;
  private final String title;

  /// @param repositories of the hub that the model was made of
  /// @param title of the model
  ModelCard(MergekitConfig config, List<String> repositories, String title) {
    this.config = config;
    this.repositories = repositories;
    this.title = title;
  }

  String text() {
    StringBuilder text = new StringBuilder("---\n");
    if (!repositories.isEmpty()) {
      text.append("base_model:\n");
      repositories.forEach(repository -> text.append("- ").append(repository).append('\n'));
    }
    text.append("library_name: transformers\ntags:\n- mergekit\n- merge\n- mokume\n---\n");
    text.append("# ").append(oneLine(title)).append("\n\n");
    text.append("Made with Mokume by the method `")
        .append(config.method().id())
        .append("` of mergekit");
    text.append(
        config
            .base()
            .map(base -> ", on the base `" + oneLine(base.toString()) + "`.\n\n")
            .orElse(".\n\n"));
    text.append("## Models\n\n");
    for (ModelReference model : config.models()) {
      if (!Optional.of(model).equals(config.base()) || config.models().size() == 1) {
        text.append("* `").append(oneLine(model.toString())).append("`\n");
      }
    }
    text.append("\n## Config\n\nThe file `mergekit_config.yml` beside this one:\n\n");
    String fence = config.text().contains("```") ? "~~~~" : "```";
    text.append(fence).append("yaml\n").append(config.text().stripTrailing()).append('\n');
    text.append(fence).append('\n');
    return text.toString();
  }

  /// A name in a config may hold anything.
  private static String oneLine(String text) {
    return text.replaceAll("[\\p{Cntrl}`]+", " ").strip();
  }
}
