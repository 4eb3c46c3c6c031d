package dev.mokume.plan;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.RecipeNode;
import dev.mokume.recipe.Weights;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// What a recipe may ask for, checked before anything walks it: how many methods stand one upon the
/// other, names followed, and how many expressions its text has.
///
/// Recipes from text are within the second bound anyway; a recipe that a program made may use one
/// object in many places, which a text can only repeat.
final class RecipeBounds {
  /// A thousand merges, as the deepest workflows have, each under a mask that is made from the one
  /// before. [Planner] walks that deep on a stack of its own.
  static final int MAX_DEPTH = 2_000;

  /// As many as make a text of the size that is read.
  static final long MAX_EXPRESSIONS = 100_000;

  private final Recipe recipe;
  private final Map<RecipeNode, Extent> extents = new IdentityHashMap<>();

  /// @param depth methods one upon the other, names followed
  /// @param expressions in the text, names not followed
  private record Extent(int depth, long expressions) {
    static final Extent NOTHING = new Extent(0, 0);
  }

  private RecipeBounds(Recipe recipe) {
    this.recipe = recipe;
  }

  /// @throws MokumeException `INVALID_RECIPE` if the recipe is beyond a bound
  static void check(Recipe recipe) {
    RecipeBounds bounds = new RecipeBounds(recipe);
    List<RecipeNode> roots = new ArrayList<>();
    roots.addAll(recipe.weights().values());
    roots.addAll(recipe.masks().values());
    roots.addAll(recipe.ratios().values());
    roots.addAll(recipe.result().parts());
    int depth = 0;
    long expressions = 0;
    for (RecipeNode root : roots) {
      Extent extent = bounds.extent(root);
      depth = Math.max(depth, extent.depth());
      expressions += extent.expressions();
    }
    if (depth > MAX_DEPTH) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "the recipe puts %s methods one upon the other, but at most %s are allowed. Write the result of the first ones into a checkpoint, and go on from that."
              .formatted(depth, MAX_DEPTH));
    }
    if (expressions > MAX_EXPRESSIONS) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "the recipe has more than %s expressions, those that are used again counted again. Give what is used again a name among the recipe's weights, masks or ratios, and use the name."
              .formatted(MAX_EXPRESSIONS));
    }
  }

  /// Works out the parts first, without recursion. A ring of names, which is told elsewhere, counts
  /// as nothing where it closes.
  private Extent extent(RecipeNode root) {
    Map<RecipeNode, Boolean> opened = new IdentityHashMap<>();
    Deque<RecipeNode> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      RecipeNode node = open.getLast();
      if (extents.containsKey(node)) {
        open.removeLast();
      } else if (opened.put(node, true) == null) {
        parts(node).stream()
            .filter(part -> !extents.containsKey(part) && !opened.containsKey(part))
            .forEach(open::addLast);
      } else {
        open.removeLast();
        extents.put(node, sum(node));
      }
    }
    return known(root);
  }

  private Extent known(RecipeNode part) {
    Extent extent = extents.get(part);
    return extent == null ? Extent.NOTHING : extent;
  }

  private Extent sum(RecipeNode node) {
    int depth = 0;
    long expressions = 1;
    boolean name = isName(node);
    for (RecipeNode part : parts(node)) {
      Extent extent = known(part);
      depth = Math.max(depth, extent.depth());
      expressions += name ? 0 : extent.expressions();
    }
    boolean method = !name && !(node instanceof Weights.Rounded) && !parts(node).isEmpty();
    return new Extent(depth + (method ? 1 : 0), Math.min(expressions, MAX_EXPRESSIONS + 1));
  }

  private static boolean isName(RecipeNode node) {
    return node instanceof Weights.Named
        || node instanceof Mask.Named
        || node instanceof Ratio.Named;
  }

  /// What the node is made of, names followed. A delta counts as part of the method that it stands
  /// in; deltas of deltas as methods of their own.
  private List<RecipeNode> parts(RecipeNode node) {
    return switch (node) {
      case Weights.Named(var name) -> named(recipe.weights(), name);
      case Mask.Named(var name) -> named(recipe.masks(), name);
      case Ratio.Named(var name) -> named(recipe.ratios(), name);
      case Weights.AddDelta(var base, var delta, var scale) -> {
        List<RecipeNode> parts = new ArrayList<>(delta.parts());
        parts.add(base);
        parts.add(scale);
        yield parts;
      }
      default -> node.parts();
    };
  }

  private static List<RecipeNode> named(Map<String, ? extends RecipeNode> named, String name) {
    RecipeNode part = named.get(name);
    return part == null ? List.of() : List.of(part);
  }
}
