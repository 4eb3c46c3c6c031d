/// mergekit's configs, read and said as recipes. Start with
/// [dev.mokume.recipe.mergekit.MergekitConfig] and [dev.mokume.recipe.mergekit.MergekitRecipe].
///
/// Source: mergekit 0.1.4.
@NullMarked
package dev.mokume.recipe.mergekit;

import org.jspecify.annotations.NullMarked;
