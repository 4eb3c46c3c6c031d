package dev.mokume.plan;

import dev.mokume.recipe.AdapterUse;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.SequencedMap;
import java.util.Set;

/// Which models, mask files and adapters a recipe uses, and how.
final class UsedModels {
  private final Recipe recipe;
  private final Set<String> blended = new LinkedHashSet<>();
  private final Set<String> taken = new LinkedHashSet<>();
  private final Set<Path> maskFiles = new LinkedHashSet<>();
  private final SequencedMap<AdapterUse, Boolean> adapters = new LinkedHashMap<>();

  /// Nodes that are shared are visited once, and so are those of a ring.
  private final Set<Object> visited = Collections.newSetFromMap(new IdentityHashMap<>());

  private UsedModels(Recipe recipe) {
    this.recipe = recipe;
    switch (recipe.result()) {
      case Result.Checkpoint checkpoint -> checkpoint.components().values().forEach(this::visitTop);
      case Result.MaskFile(var mask, _) -> visit(mask);
    }
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

  private void visitTop(Weights weights) {
    if (weights instanceof Weights.Source(var model)) {
      taken.add(model);
    } else {
      visit(weights);
    }
  }

  private void visit(Weights weights) {
    if (!visited.add(weights)) {
      return;
    }
    switch (weights) {
      case Weights.Source(var model) -> blended.add(model);
      case Weights.Named(var name) -> {
        Weights named = recipe.weights().get(name);
        if (named != null) {
          visit(named);
        }
      }
      case Weights.Interpolate node -> {
        visit(node.a());
        visit(node.b());
        node.mask().ifPresent(this::visit);
      }
      case Weights.Fisher(var models, _, _) ->
          models.forEach(model -> {
            visit(model.model());
            visit(model.information());
          });
      case Weights.Sum(var terms, _) -> terms.forEach(term -> visit(term.weights()));
      case Weights.AddDelta(var base, var delta, _) -> {
        visit(base);
        visit(delta);
      }
      case Weights.Dare node -> {
        visit(node.a());
        visit(node.b());
        node.mask().ifPresent(this::visit);
      }
      case Weights.ByLikeness node -> {
        visit(node.a());
        visit(node.b());
      }
      case Weights.Normalize node -> {
        visit(node.model());
        visit(node.reference());
      }
      case Weights.InjectNoise node -> {
        visit(node.model());
        node.mask().ifPresent(this::visit);
      }
      case Weights.ByAngle node -> {
        node.base().ifPresent(this::visit);
        node.models().forEach(this::visit);
      }
      case Weights.ByElement(_, var base, var models) -> {
        visit(base);
        models.forEach(this::visit);
      }
      case Weights.Except node -> {
        visit(node.first());
        visit(node.merged());
      }
      case Weights.Applied node -> node.operands().forEach(this::visit);
      case Weights.Sparse(var model, _, _) -> visit(model);
      case Weights.Choice(var cases, var otherwise) -> {
        visit(otherwise);
        cases.forEach(one -> visit(one.weights()));
      }
      case Weights.Rounded(var inner) -> visit(inner);
      case Weights.Federated node -> {
        node.base().ifPresent(this::visit);
        node.clients().forEach(client -> visit(client.weights()));
      }
      case Weights.Adapted adapted -> {
        visit(adapted.model());
        adapters.merge(adapted.use(), adapted.strict(), Boolean::logicalOr);
      }
    }
  }

  private void visit(Delta delta) {
    if (!visited.add(delta)) {
      return;
    }
    switch (delta) {
      case Delta.Difference(var finetuned, var base) -> {
        visit(finetuned);
        visit(base);
      }
      case Delta.Sparse(var inner, _, _) -> visit(inner);
      case Delta.Combined(var terms, _, _) -> terms.forEach(term -> visit(term.delta()));
    }
  }

  private void visit(Mask mask) {
    if (!visited.add(mask)) {
      return;
    }
    switch (mask) {
      case Mask.Named(var name) -> {
        Mask named = recipe.masks().get(name);
        if (named != null) {
          visit(named);
        }
      }
      case Mask.Stored(var file) -> maskFiles.add(file);
      case Mask.Magnitude node -> {
        visit(node.a());
        visit(node.b());
      }
      case Mask.Constant(var model, _) -> visit(model);
      case Mask.Random(var model, _, _) -> visit(model);
      case Mask.Gaussian(var model, _, _, _) -> visit(model);
      case Mask.Quarter node -> visit(node.model());
      case Mask.Combined node -> {
        visit(node.a());
        visit(node.b());
      }
      case Mask.Edited node -> visit(node.mask());
    }
  }
}
