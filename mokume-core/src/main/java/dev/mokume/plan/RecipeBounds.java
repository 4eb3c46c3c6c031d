package dev.mokume.plan;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
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
  private final Map<Object, Extent> extents = new IdentityHashMap<>();

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
    List<Object> roots = new ArrayList<>();
    roots.addAll(recipe.weights().values());
    roots.addAll(recipe.masks().values());
    roots.addAll(recipe.ratios().values());
    switch (recipe.result()) {
      case Result.Checkpoint checkpoint -> roots.addAll(checkpoint.components().values());
      case Result.MaskFile(var mask, _) -> roots.add(mask);
    }
    int depth = 0;
    long expressions = 0;
    for (Object root : roots) {
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
  private Extent extent(Object root) {
    Map<Object, Boolean> opened = new IdentityHashMap<>();
    Deque<Object> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      Object node = open.getLast();
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

  private Extent known(Object part) {
    Extent extent = extents.get(part);
    return extent == null ? Extent.NOTHING : extent;
  }

  private Extent sum(Object node) {
    int depth = 0;
    long expressions = 1;
    boolean name = isName(node);
    for (Object part : parts(node)) {
      Extent extent = known(part);
      depth = Math.max(depth, extent.depth());
      expressions += name ? 0 : extent.expressions();
    }
    boolean method = !name && !(node instanceof Weights.Rounded) && !parts(node).isEmpty();
    return new Extent(depth + (method ? 1 : 0), Math.min(expressions, MAX_EXPRESSIONS + 1));
  }

  private static boolean isName(Object node) {
    return node instanceof Weights.Named
        || node instanceof Mask.Named
        || node instanceof Ratio.Named;
  }

  private List<Object> parts(Object node) {
    List<Object> parts = new ArrayList<>();
    switch (node) {
      case Weights weights -> addParts(weights, parts);
      case Delta delta -> addParts(delta, parts);
      case Mask mask -> addParts(mask, parts);
      case Ratio ratio -> addParts(ratio, parts);
      default -> throw new IllegalArgumentException("no expression: " + node.getClass());
    }
    return parts;
  }

  private void addParts(Weights weights, List<Object> parts) {
    switch (weights) {
      case Weights.Source _ -> {
        // Has none.
      }
      case Weights.Named(var name) -> addNamed(recipe.weights(), name, parts);
      case Weights.Interpolate node -> {
        parts.addAll(List.of(node.a(), node.b()));
        node.mask().ifPresent(parts::add);
      }
      case Weights.Fisher(var models, _, _) ->
          models.forEach(model -> parts.addAll(List.of(model.model(), model.information())));
      case Weights.Sum(var terms, _) -> terms.forEach(term -> parts.add(term.weights()));
      case Weights.AddDelta(var base, var delta, _) -> {
        parts.add(base);
        addParts(delta, parts);
      }
      case Weights.Dare node -> {
        parts.addAll(List.of(node.a(), node.b()));
        node.mask().ifPresent(parts::add);
      }
      case Weights.ByLikeness node -> parts.addAll(List.of(node.a(), node.b()));
      case Weights.Normalize node -> parts.addAll(List.of(node.model(), node.reference()));
      case Weights.InjectNoise node -> {
        parts.add(node.model());
        node.mask().ifPresent(parts::add);
      }
      case Weights.ByAngle node -> {
        node.base().ifPresent(parts::add);
        parts.addAll(node.models());
      }
      case Weights.ByElement(_, var base, var models) -> {
        parts.add(base);
        parts.addAll(models);
      }
      case Weights.Except node -> parts.addAll(List.of(node.first(), node.merged()));
      case Weights.Sparse(var model, _, _) -> parts.add(model);
      case Weights.Choice(var cases, var otherwise) -> {
        parts.add(otherwise);
        cases.forEach(one -> parts.add(one.weights()));
      }
      case Weights.Rounded(var inner) -> parts.add(inner);
      case Weights.Federated node -> {
        node.base().ifPresent(parts::add);
        node.clients().forEach(client -> parts.add(client.weights()));
      }
      case Weights.Applied node -> parts.addAll(node.operands());
      case Weights.Adapted node -> parts.add(node.model());
    }
    parts.addAll(weights.ratios());
  }

  /// A delta counts as part of the method that it stands in; deltas of deltas as methods of their
  /// own.
  private static void addParts(Delta delta, List<Object> parts) {
    switch (delta) {
      case Delta.Difference(var finetuned, var base) -> parts.addAll(List.of(finetuned, base));
      case Delta.Sparse(var inner, _, _) -> parts.add(inner);
      case Delta.Combined(var terms, _, _) -> terms.forEach(term -> parts.add(term.delta()));
    }
    parts.addAll(delta.ratios());
  }

  private void addParts(Mask mask, List<Object> parts) {
    switch (mask) {
      case Mask.Stored _ -> {
        // Has none.
      }
      case Mask.Named(var name) -> addNamed(recipe.masks(), name, parts);
      case Mask.Magnitude node -> parts.addAll(List.of(node.a(), node.b()));
      case Mask.Constant(var model, _) -> parts.add(model);
      case Mask.Random(var model, _, _) -> parts.add(model);
      case Mask.Gaussian(var model, _, _, _) -> parts.add(model);
      case Mask.Quarter node -> parts.add(node.model());
      case Mask.Combined node -> parts.addAll(List.of(node.a(), node.b()));
      case Mask.Edited node -> parts.add(node.mask());
    }
    parts.addAll(mask.ratios());
  }

  private void addParts(Ratio ratio, List<Object> parts) {
    switch (ratio) {
      case Ratio.Named(var name) -> addNamed(recipe.ratios(), name, parts);
      case Ratio.Complement(var inner) -> parts.add(inner);
      case Ratio.Combined node -> parts.addAll(List.of(node.a(), node.b()));
      case Ratio.Edited node -> parts.add(node.ratio());
      case Ratio.Elemental(_, var otherwise) -> otherwise.ifPresent(parts::add);
      case Ratio.ByComponent(var ratios) -> parts.addAll(ratios.values());
      case Ratio.ByPattern(var ratios) -> parts.addAll(ratios.values());
      case Ratio.Constant _,
          Ratio.ByBlock _,
          Ratio.ByDepth _,
          Ratio.ByGroup _,
          Ratio.ByUnetBlock _,
          Ratio.ByShell _ -> {
        // Have none.
      }
      case Ratio.ByAttention _, Ratio.ByPrefix _, Ratio.ByName _ -> {
        // Have none.
      }
    }
  }

  private static void addNamed(Map<String, ?> named, String name, List<Object> parts) {
    Object part = named.get(name);
    if (part != null) {
      parts.add(part);
    }
  }
}
