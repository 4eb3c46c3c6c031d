package dev.mokume.plan;

import dev.mokume.recipe.Recipe;
import java.nio.file.Path;

/// What is to be made, and where it goes.
///
/// @param recipe what it is made by
/// @param file whose name also says in which format it is stored
public record MergeOutput(Recipe recipe, Path file) {}
