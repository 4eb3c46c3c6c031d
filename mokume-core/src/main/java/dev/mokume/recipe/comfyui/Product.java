package dev.mokume.recipe.comfyui;

import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.workflow.Node;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SequencedMap;

/// One file that a run of a workflow writes.
///
/// @param node that gives or saves it
/// @param file where it goes
/// @param words what it is, for people
public record Product(Node node, Path file, String words, Content content) {
  /// What is written.
  public sealed interface Content {
    /// A checkpoint or a mask: the output of a recipe.
    record Merge(Recipe recipe) implements Content {}

    /// A number for each tensor, as JSON.
    ///
    /// @param named what `ratio` refers to
    /// @param model whose tensors they are; without one, those that the ratio names
    record Ratios(
        Ratio ratio, SequencedMap<String, Ratio> named, Optional<Path> model, Compat compat)
        implements Content {}

    record Text(String text) implements Content {}
  }
}
