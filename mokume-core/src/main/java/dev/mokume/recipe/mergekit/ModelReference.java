package dev.mokume.recipe.mergekit;

import java.util.Optional;
import java.util.function.Predicate;

/// A model as a config names it: `path`, `path@revision`, `path+adapter`.
///
/// @param path a folder, a file, or a repository of the Hugging Face hub
/// @param revision of the repository
/// @param adapter a LoRA that is applied to it first
public record ModelReference(
    String path, Optional<String> revision, Optional<ModelReference> adapter) {

  /// Reads a text in the way in which what it names is there: a folder that is called `a+b` or
  /// `a@b` is no adapter or revision of another.
  ///
  /// @param exists whether there is a folder or file of that name
  /// @return nothing for a text with two `+`, or with two `@` in a part, or with an empty part,
  ///   unless a part is there as it is
  static Optional<ModelReference> parse(String text, Predicate<String> exists) {
    Optional<ModelReference> whole = part(text, exists);
    if (whole.isPresent()) {
      return whole;
    }
    for (int plus = text.lastIndexOf('+'); plus >= 0; plus = text.lastIndexOf('+', plus - 1)) {
      Optional<ModelReference> model = part(text.substring(0, plus), exists);
      Optional<ModelReference> adapter = part(text.substring(plus + 1), exists);
      if (model.isPresent() && adapter.isPresent()) {
        return Optional.of(new ModelReference(model.get().path, model.get().revision, adapter));
      }
    }
    return Optional.empty();
  }

  /// A model without an adapter, or an adapter.
  private static Optional<ModelReference> part(String text, Predicate<String> exists) {
    if (text.isBlank()) {
      return Optional.empty();
    }
    if (exists.test(text)) {
      return Optional.of(new ModelReference(text, Optional.empty(), Optional.empty()));
    }
    if (text.contains("+")) {
      return Optional.empty();
    }
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
