package dev.mokume.recipe;

import java.util.List;

/// An expression of a recipe. Whoever asks something of a whole recipe walks it by [#parts()], and
/// names only the nodes that the question is about.
public sealed interface RecipeNode permits Weights, Delta, Mask, Ratio {
  /// The nodes that this one is made of, from left to right, its ratios last. What it has by name
  /// or in a file is not among them.
  List<RecipeNode> parts();
}
