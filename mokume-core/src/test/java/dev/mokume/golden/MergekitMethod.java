package dev.mokume.golden;

import dev.mokume.recipe.Weights;

/// How a method of mergekit is said in a recipe.
interface MergekitMethod {
  Weights of(MergekitCase mergekitCase);
}
