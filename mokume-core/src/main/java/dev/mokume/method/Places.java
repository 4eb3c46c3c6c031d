package dev.mokume.method;

import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.RecipeNode;
import dev.mokume.recipe.Sparsify;
import dev.mokume.recipe.Weights;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/// Numbers the nodes of a recipe that draw random numbers, in the order in which they stand in it,
/// so that each draws from a stream of its own. Equal nodes in two places of a recipe are two
/// nodes.
final class Places {
  private final Map<Weights, Integer> weights = new IdentityHashMap<>();
  private final Map<RecipeNode, Integer> sparse = new IdentityHashMap<>();
  private final Map<Mask, Integer> masks = new IdentityHashMap<>();

  /// Nodes that are shared are visited once, or a few lines would take for ever.
  private final Set<RecipeNode> seen = Collections.newSetFromMap(new IdentityHashMap<>());

  private Places(Recipe recipe) {
    recipe.masks().values().forEach(this::visit);
    recipe.weights().values().forEach(this::visit);
    recipe.result().parts().forEach(this::visit);
  }

  static Places of(Recipe recipe) {
    return new Places(recipe);
  }

  /// The node's number; 0 for one that draws nothing.
  int of(Weights node) {
    return weights.getOrDefault(node, 0);
  }

  /// The number, among those that draw, of what keeps part of a delta or of a model; 0 for one that
  /// draws nothing.
  int ofSparse(RecipeNode node) {
    return sparse.getOrDefault(node, 0);
  }

  static Map<Mask, Integer> ofMasks(Recipe recipe) {
    return new Places(recipe).masks;
  }

  private void visit(RecipeNode node) {
    if (!seen.add(node)) {
      return;
    }
    switch (node) {
      case Weights made -> number(made);
      case Delta.Sparse(_, var sparsify, _) -> number(node, sparsify);
      case Mask mask -> {
        number(mask);
        if (isOfShapes(mask)) {
          return;
        }
      }
      case Delta.Difference _, Delta.Combined _, Ratio _ -> {
        // Draw nothing.
      }
    }
    node.parts().forEach(this::visit);
  }

  private void number(Weights node) {
    switch (node) {
      case Weights.Dare _, Weights.InjectNoise _, Weights.Applied _ ->
          weights.put(node, weights.size());
      case Weights.Sparse(_, var sparsify, _) -> number(node, sparsify);
      case Weights.Source _,
          Weights.Named _,
          Weights.Interpolate _,
          Weights.Sum _,
          Weights.AddDelta _,
          Weights.Fisher _,
          Weights.RegMean _,
          Weights.Normalize _,
          Weights.ByAngle _,
          Weights.ByElement _,
          Weights.ByLikeness _,
          Weights.Adapted _,
          Weights.Federated _,
          Weights.Except _,
          Weights.Rounded _,
          Weights.Choice _ -> {
        // Draw nothing.
      }
    }
  }

  private void number(RecipeNode node, Sparsify sparsify) {
    switch (sparsify) {
      case Sparsify.Random _, Sparsify.Ranked _ -> sparse.put(node, sparse.size());
      case Sparsify.Magnitude _, Sparsify.Above _, Sparsify.OfModel _, Sparsify.Outliers _ -> {
        // Draw nothing.
      }
    }
  }

  private void number(Mask node) {
    switch (node) {
      case Mask.Random _, Mask.Gaussian _, Mask.Quarter _, Mask.Edited _ ->
          masks.put(node, masks.size());
      case Mask.Named _, Mask.Stored _, Mask.Constant _, Mask.Magnitude _, Mask.Combined _ -> {
        // Draw nothing.
      }
    }
  }

  /// Whether the mask is made of the shapes of its model alone: what the model draws plays no part.
  private static boolean isOfShapes(Mask mask) {
    return switch (mask) {
      case Mask.Constant _, Mask.Random _, Mask.Gaussian _, Mask.Quarter _ -> true;
      case Mask.Named _, Mask.Stored _, Mask.Magnitude _, Mask.Combined _, Mask.Edited _ -> false;
    };
  }
}
