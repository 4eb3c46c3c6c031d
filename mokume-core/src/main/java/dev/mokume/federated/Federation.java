package dev.mokume.federated;

import dev.mokume.recipe.Recipe;
import java.util.List;

/// What makes one model of many clients' models.
///
/// @param recipe the same for the same files and example counts, in whatever order they were named
/// @param clients how many take part
/// @param skipped those that cannot
/// @param clipped how many changed more than was allowed, and are scaled down
public record Federation(Recipe recipe, int clients, List<BadClient> skipped, int clipped) {
  public Federation {
    skipped = List.copyOf(skipped);
  }
}
