package dev.mokume.recipe.mergekit;

import java.util.Optional;

/// A model as a config names it: `path`, `path@revision`, `path+adapter`.
///
/// @param path a folder, a file, or a repository of the Hugging Face hub
/// @param revision of the repository
/// @param adapter a LoRA that is applied to it first
public record ModelReference(
    String path, Optional<String> revision, Optional<ModelReference> adapter) {

  /// @return nothing for a text with two `+`, or with two `@` in a part, or with an empty part
  static Optional<ModelReference> parse(String text) {
    String[] parts = text.split("\\+", -1);
    if (parts.length > 2) {
      return Optional.empty();
    }
    Optional<ModelReference> model = part(parts[0]);
    if (parts.length == 1 || model.isEmpty()) {
      return model;
    }
    return part(parts[1])
        .map(adapter ->
            new ModelReference(model.get().path, model.get().revision, Optional.of(adapter)));
  }

  private static Optional<ModelReference> part(String text) {
    String[] parts = text.split("@", -1);
    boolean whole = parts.length <= 2 && !parts[0].isBlank();
    if (!whole || parts.length == 2 && parts[1].isBlank()) {
      return Optional.empty();
    }
    return Optional.of(
        new ModelReference(
            parts[0],
            parts.length == 2 ? Optional.of(parts[1]) : Optional.empty(),
            Optional.empty()));
  }

  /// The model without its adapter.
  ModelReference alone() {
    return new ModelReference(path, revision, Optional.empty());
  }

  /// As a config has it.
  @Override
  public String toString() {
    return path
        + revision.map(name -> "@" + name).orElse("")
        + adapter.map(lora -> "+" + lora).orElse("");
  }
}
