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

    /// A LoRA of a difference.
    ///
    /// @param difference the recipe that computes it, as F32; its profile says whose factors they
    ///   are like
    /// @param rank of the factors
    /// @param isWhole whether every tensor is stored as it is, and not as factors
    /// @param hasBiases whether biases and norms are stored too
    record Lora(Recipe difference, int rank, boolean isWhole, boolean hasBiases)
        implements Content {}

    /// A tensor of what a recipe makes, as a heat map.
    ///
    /// @param tensor as ComfyUI has it in memory
    /// @param scaling by which the values are divided first, as the node calls it
    record Picture(Recipe recipe, String tensor, String scaling) implements Content {}
  }

  /// What is written as text.
  public sealed interface Text extends Content {
    /// The text itself.
    record Plain(String text) implements Text {}

    /// A number for each tensor, as JSON.
    record Numbers(Ratios ratios) implements Text {}

    /// A line for each tensor's number.
    record NumberLines(Ratios ratios) implements Text {}

    /// How much the mask of a recipe selects.
    ///
    /// @param isByTensor whether of each tensor, else of each part of the model
    record MaskCounts(Recipe recipe, boolean isByTensor) implements Text {}

    /// What a LoRA's file says of itself.
    ///
    /// @param report `tags`, `size` or `details`
    /// @param limit of tags
    record LoraLines(Path file, String report, int limit) implements Text {}
  }

  /// A ratio and what it depends on.
  ///
  /// @param named what `ratio` refers to
  /// @param model whose tensors have the numbers; without one, those that the ratio names
  public record Ratios(
      Ratio ratio, SequencedMap<String, Ratio> named, Optional<Path> model, Compat compat) {}
}
