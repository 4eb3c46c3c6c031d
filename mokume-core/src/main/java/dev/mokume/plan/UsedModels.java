package dev.mokume.plan;

import dev.mokume.recipe.AdapterUse;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.RecipeNode;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which models, mask files and adapters a recipe uses, and how.
final class UsedModels {
  private final Recipe recipe;
  private final Set<String> blended = new LinkedHashSet<>();
  private final Set<String> taken = new LinkedHashSet<>();
  private final Set<Path> maskFiles = new LinkedHashSet<>();
  private final SequencedMap<AdapterUse, Boolean> adapters = new LinkedHashMap<>();

  /// Nodes that are shared are visited once, and so are those of a ring.
  private final Set<RecipeNode> visited = Collections.newSetFromMap(new IdentityHashMap<>());

  private UsedModels(Recipe recipe) {
    this.recipe = recipe;
    recipe.result().parts().forEach(this::visitTop);
  }

  private UsedModels(Recipe recipe, Weights weights) {
    this.recipe = recipe;
    visit(weights);
  }

  static UsedModels of(Recipe recipe) {
    return new UsedModels(recipe);
  }

  /// The models of one of the recipe's expressions, from left to right, in [#blended()].
  static UsedModels of(Recipe recipe, Weights weights) {
    return new UsedModels(recipe, weights);
  }

  /// Models whose values meet those of others.
  Set<String> blended() {
    return blended;
  }

  /// Models that a component is taken from whole.
  Set<String> taken() {
    return taken;
  }

  Set<Path> maskFiles() {
    return maskFiles;
  }

  /// Adapters, and whether all of each has to find a home.
  SequencedMap<AdapterUse, Boolean> adapters() {
    return adapters;
  }

  private void visitTop(RecipeNode node) {
    if (node instanceof Weights.Source(var model)) {
      taken.add(model);
    } else {
      visit(node);
    }
  }

  private void visit(RecipeNode node) {
    if (!visited.add(node)) {
      return;
    }
    switch (node) {
      case Weights.Source(var model) -> blended.add(model);
      case Weights.Named(var name) -> visitNamed(recipe.weights().get(name));
      case Mask.Named(var name) -> visitNamed(recipe.masks().get(name));
      case Mask.Stored(var file) -> maskFiles.add(file);
      // Gram matrices have other shapes than what they are of, and are looked at where they are
      // used.
      case Weights.RegMean(var models, _) -> models.forEach(model -> visit(model.model()));
      case Weights.Adapted adapted -> {
        visit(adapted.model());
        adapters.merge(adapted.use(), adapted.strict(), Boolean::logicalOr);
      }
      default -> node.parts().forEach(this::visit);
    }
  }

  private void visitNamed(@Nullable RecipeNode named) {
    if (named != null) {
      visit(named);
    }
  }
}
