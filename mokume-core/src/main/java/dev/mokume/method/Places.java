package dev.mokume.method;

import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
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
  private final Map<Object, Integer> sparse = new IdentityHashMap<>();
  private final Map<Mask, Integer> masks = new IdentityHashMap<>();

  /// Nodes that are shared are visited once, or a few lines would take for ever.
  private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());

  private Places(Recipe recipe) {
    recipe.masks().values().forEach(this::visit);
    recipe.weights().values().forEach(this::visit);
    switch (recipe.result()) {
      case Result.Checkpoint checkpoint -> checkpoint.components().values().forEach(this::visit);
      case Result.MaskFile(var mask, _) -> visit(mask);
    }
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
  int ofSparse(Object node) {
    return sparse.getOrDefault(node, 0);
  }

  static Map<Mask, Integer> ofMasks(Recipe recipe) {
    return new Places(recipe).masks;
  }

  private void visit(Weights node) {
    if (!seen.add(node)) {
      return;
    }
    switch (node) {
      case Weights.Source _, Weights.Named _ -> {
        // Leaves draw nothing.
      }
      case Weights.Interpolate interpolate -> {
        visit(interpolate.a());
        visit(interpolate.b());
        interpolate.mask().ifPresent(this::visit);
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
      case Weights.Dare dare -> {
        weights.put(dare, weights.size());
        visit(dare.a());
        visit(dare.b());
        dare.mask().ifPresent(this::visit);
      }
      case Weights.ByLikeness likeness -> {
        visit(likeness.a());
        visit(likeness.b());
      }
      case Weights.Normalize normalize -> {
        visit(normalize.model());
        visit(normalize.reference());
      }
      case Weights.InjectNoise noise -> {
        weights.put(noise, weights.size());
        visit(noise.model());
        noise.mask().ifPresent(this::visit);
      }
      case Weights.ByAngle angle -> {
        angle.base().ifPresent(this::visit);
        angle.models().forEach(this::visit);
      }
      case Weights.ByElement(_, var base, var models) -> {
        visit(base);
        models.forEach(this::visit);
      }
      case Weights.Except except -> {
        visit(except.first());
        visit(except.merged());
      }
      case Weights.Sparse kept -> {
        number(node, kept.sparsify());
        visit(kept.model());
      }
      case Weights.Choice(var cases, var otherwise) -> {
        visit(otherwise);
        cases.forEach(one -> visit(one.weights()));
      }
      case Weights.Rounded(var inner) -> visit(inner);
      case Weights.Federated federated -> {
        federated.base().ifPresent(this::visit);
        federated.clients().forEach(client -> visit(client.weights()));
      }
      case Weights.Adapted adapted -> visit(adapted.model());
      case Weights.Applied applied -> {
        weights.put(applied, weights.size());
        applied.operands().forEach(this::visit);
      }
    }
  }

  private void number(Object node, Sparsify sparsify) {
    switch (sparsify) {
      case Sparsify.Random _, Sparsify.Ranked _ -> sparse.put(node, sparse.size());
      case Sparsify.Magnitude _, Sparsify.Above _, Sparsify.OfModel _, Sparsify.Outliers _ -> {
        // Draw nothing.
      }
    }
  }

  private void visit(Delta node) {
    if (!seen.add(node)) {
      return;
    }
    switch (node) {
      case Delta.Difference(var finetuned, var base) -> {
        visit(finetuned);
        visit(base);
      }
      case Delta.Sparse kept -> {
        number(node, kept.sparsify());
        visit(kept.delta());
      }
      case Delta.Combined combined -> combined.terms().forEach(term -> visit(term.delta()));
    }
  }

  private void visit(Mask node) {
    if (!seen.add(node)) {
      return;
    }
    switch (node) {
      case Mask.Named _, Mask.Stored _, Mask.Constant _ -> {
        // Leaves draw nothing.
      }
      case Mask.Magnitude magnitude -> {
        visit(magnitude.a());
        visit(magnitude.b());
      }
      case Mask.Random _, Mask.Gaussian _, Mask.Quarter _ -> masks.put(node, masks.size());
      case Mask.Combined combined -> {
        visit(combined.a());
        visit(combined.b());
      }
      case Mask.Edited edited -> {
        masks.put(node, masks.size());
        visit(edited.mask());
      }
    }
  }
}
