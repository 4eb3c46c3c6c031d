package dev.mokume.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Collects the nodes that a [RecipeNode] is made of, in order.
final class Parts {
  private final List<RecipeNode> nodes = new ArrayList<>();

  private Parts() {}

  static Parts of(RecipeNode... nodes) {
    return new Parts().and(nodes);
  }

  Parts and(RecipeNode... more) {
    return and(List.of(more));
  }

  Parts and(Optional<? extends RecipeNode> more) {
    more.ifPresent(nodes::add);
    return this;
  }

  Parts and(Iterable<? extends RecipeNode> more) {
    more.forEach(nodes::add);
    return this;
  }

  /// One of each item.
  <T> Parts and(Iterable<T> items, Function<T, RecipeNode> part) {
    items.forEach(item -> nodes.add(part.apply(item)));
    return this;
  }

  List<RecipeNode> list() {
    return List.copyOf(nodes);
  }
}
