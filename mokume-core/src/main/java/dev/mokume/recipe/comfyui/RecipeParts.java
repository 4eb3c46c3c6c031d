package dev.mokume.recipe.comfyui;

import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.RecipeNode;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.regex.Pattern;

/// The models and named parts that a workflow's nodes have made so far. What several nodes use has
/// a name and is said once, so that a recipe grows with the workflow and not with the ways through
/// it.
final class RecipeParts {
  private static final Pattern NOT_OF_A_NAME = Pattern.compile("[^a-z0-9]+");
  private static final int LONGEST_NAME = 60;

  private final SequencedMap<String, Path> models = new LinkedHashMap<>();
  private final Map<Path, String> byPath = new HashMap<>();
  private final SequencedMap<String, Weights> weights = new LinkedHashMap<>();
  private final SequencedMap<String, Mask> masks = new LinkedHashMap<>();
  private final SequencedMap<String, Ratio> ratios = new LinkedHashMap<>();

  /// The recipe's name for a file; a file that is loaded twice is one model.
  String model(Path file) {
    return byPath.computeIfAbsent(
        file.toAbsolutePath().normalize(),
        _ -> {
          String fileName = String.valueOf(file.getFileName());
          int dot = fileName.lastIndexOf('.');
          String name = free(slug(dot > 0 ? fileName.substring(0, dot) : fileName));
          models.put(name, file);
          return name;
        });
  }

  Optional<Path> file(String model) {
    return Optional.ofNullable(models.get(model));
  }

  /// The expression under a name; a model needs none.
  Weights name(String wish, Weights expression) {
    if (expression instanceof Weights.Source || expression instanceof Weights.Named) {
      return expression;
    }
    String name = free(slug(wish));
    weights.put(name, expression);
    return new Weights.Named(name);
  }

  Mask name(String wish, Mask mask) {
    String name = free(slug(wish));
    masks.put(name, mask);
    return new Mask.Named(name);
  }

  Ratio name(String wish, Ratio ratio) {
    String name = free(slug(wish));
    ratios.put(name, ratio);
    return new Ratio.Named(name);
  }

  private String free(String wish) {
    String name = wish;
    for (int i = 2; isTaken(name); i++) {
      name = wish + "_" + i;
    }
    return name;
  }

  private boolean isTaken(String name) {
    return models.containsKey(name)
        || weights.containsKey(name)
        || masks.containsKey(name)
        || ratios.containsKey(name);
  }

  /// `Model Merger (DARE)` becomes `model_merger_dare`.
  private static String slug(String text) {
    String slug =
        NOT_OF_A_NAME
            .matcher(text.toLowerCase(Locale.ROOT))
            .replaceAll("_")
            .replaceAll("^_|_$", "");
    String name = slug.isEmpty() ? "part" : slug;
    return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME);
  }

  /// A recipe of just what `result` needs.
  ///
  /// @param first the model that comes first, whatever else the result needs
  Recipe recipe(Optional<String> first, Result result, Compat compat, Rng rng) {
    Used used = new Used();
    first.ifPresent(used.models::add);
    result.parts().forEach(used::visit);
    used.followNames();
    SequencedMap<String, Path> files = new LinkedHashMap<>();
    used.models.forEach(model -> files.put(model, Objects.requireNonNull(models.get(model))));
    for (Path mask : used.maskFiles) {
      if (files.isEmpty()) {
        // A recipe has a first model; a mask that is made of masks alone takes the first of those.
        files.put(free("mask"), mask);
      }
    }
    return new Recipe(
        files,
        kept(weights, used.weights),
        kept(masks, used.masks),
        kept(ratios, used.ratios),
        result,
        compat,
        rng);
  }

  /// The named ratios that `ratio` needs.
  SequencedMap<String, Ratio> ratiosOf(Ratio ratio) {
    Used used = new Used();
    used.visit(ratio);
    used.followNames();
    return kept(ratios, used.ratios);
  }

  /// In the order in which they were named, so that each stands after what it is made of.
  private static <V> SequencedMap<String, V> kept(SequencedMap<String, V> all, Set<String> names) {
    SequencedMap<String, V> kept = new LinkedHashMap<>();
    all.forEach((name, value) -> {
      if (names.contains(name)) {
        kept.put(name, value);
      }
    });
    return kept;
  }

  /// What an expression leads to. Names are followed one after the other, however long their chain.
  private final class Used {
    private final SequencedSet<String> models = new LinkedHashSet<>();
    private final SequencedSet<Path> maskFiles = new LinkedHashSet<>();
    private final Set<String> weights = new LinkedHashSet<>();
    private final Set<String> masks = new LinkedHashSet<>();
    private final Set<String> ratios = new LinkedHashSet<>();
    private final Deque<RecipeNode> open = new ArrayDeque<>();

    void followNames() {
      for (RecipeNode next = open.pollFirst(); next != null; next = open.pollFirst()) {
        visit(next);
      }
    }

    void visit(RecipeNode node) {
      switch (node) {
        case Weights.Source(var model) -> models.add(model);
        case Weights.Named(var name) -> follow(RecipeParts.this.weights, name, weights);
        case Mask.Named(var name) -> follow(RecipeParts.this.masks, name, masks);
        case Ratio.Named(var name) -> follow(RecipeParts.this.ratios, name, ratios);
        case Mask.Stored(var file) -> maskFiles.add(file);
        default -> node.parts().forEach(this::visit);
      }
    }

    private void follow(Map<String, ? extends RecipeNode> named, String name, Set<String> used) {
      if (used.add(name)) {
        open.addLast(Objects.requireNonNull(named.get(name)));
      }
    }
  }
}
