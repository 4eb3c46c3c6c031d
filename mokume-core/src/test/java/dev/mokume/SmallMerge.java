package dev.mokume;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.plan.MergePlan;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// Merges of checkpoints that fit on a page, through the front door: models `a`, `b`, `c` in files
/// of those names.
final class SmallMerge {
  static final Weights A = new Weights.Source("a");
  static final Weights B = new Weights.Source("b");
  static final Weights C = new Weights.Source("c");

  final Path folder;
  final SequencedMap<String, Path> models = new LinkedHashMap<>();
  final SequencedMap<String, Weights> weights = new LinkedHashMap<>();
  final SequencedMap<String, Mask> masks = new LinkedHashMap<>();
  final SequencedMap<String, Ratio> ratios = new LinkedHashMap<>();
  Compat compat = Compat.NONE;
  MergeOptions options =
      MergeOptions.defaults().withOverwrite(true).withDurable(false).withMemory(16 << 20);

  SmallMerge(Path folder) {
    this.folder = folder;
  }

  /// Adds a model and writes its file.
  SmallMerge model(String name, SmallCheckpoint checkpoint) {
    models.put(name, checkpoint.write(folder.resolve(name + ".safetensors")));
    return this;
  }

  Path output() {
    return folder.resolve("out.safetensors");
  }

  Recipe recipe(Result result) {
    return new Recipe(models, weights, masks, ratios, result, compat, Rng.STATELESS);
  }

  /// One expression for one component.
  static Result only(Component component, Weights expression) {
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(component, expression);
    return Result.Checkpoint.of(components);
  }

  MergePlan plan(Result result) {
    return Mokume.plan(recipe(result), options);
  }

  /// What is written.
  SmallCheckpoint merge(Result result) {
    Mokume.merge(recipe(result), output(), options);
    return SmallCheckpoint.read(output());
  }

  /// What all tensors become; their names mean nothing to Mokume.
  SmallCheckpoint merge(Weights expression) {
    return merge(only(Component.OTHER, expression));
  }

  /// The mask's file.
  SmallCheckpoint mask(Mask mask) {
    return merge(Result.MaskFile.of(mask));
  }
}
