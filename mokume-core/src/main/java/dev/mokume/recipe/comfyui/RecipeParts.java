package dev.mokume.recipe.comfyui;

import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
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
    return switch (expression) {
      case Weights.Source _, Weights.Named _ -> expression;
      case Weights.Interpolate _,
          Weights.Sum _,
          Weights.AddDelta _,
          Weights.Sparse _,
          Weights.Fisher _,
          Weights.Dare _,
          Weights.ByLikeness _,
          Weights.Normalize _,
          Weights.InjectNoise _,
          Weights.Rounded _,
          Weights.Federated _,
          Weights.Adapted _,
          Weights.Applied _,
          Weights.ByAngle _,
          Weights.ByElement _,
          Weights.Choice _,
          Weights.Except _ -> {
        String name = free(slug(wish));
        weights.put(name, expression);
        yield new Weights.Named(name);
      }
    };
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
    switch (result) {
      case Result.Checkpoint checkpoint -> checkpoint.components().values().forEach(used::visit);
      case Result.MaskFile(var mask, _) -> used.visit(mask);
    }
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
    private final Deque<Runnable> open = new ArrayDeque<>();

    void followNames() {
      for (Runnable next = open.pollFirst(); next != null; next = open.pollFirst()) {
        next.run();
      }
    }

    void visit(Weights node) {
      node.ratios().forEach(this::visit);
      switch (node) {
        case Weights.Source(var model) -> models.add(model);
        case Weights.Named(var name) -> {
          if (weights.add(name)) {
            open.addLast(() -> visit(named(RecipeParts.this.weights, name)));
          }
        }
        case Weights.Interpolate blend -> {
          visit(blend.a());
          visit(blend.b());
          blend.mask().ifPresent(this::visit);
        }
        case Weights.Fisher(var all, _, _) ->
            all.forEach(model -> {
              visit(model.model());
              visit(model.information());
            });
        case Weights.Sum(var terms, _) -> terms.forEach(term -> visit(term.weights()));
        case Weights.AddDelta(var base, var delta, _) -> {
          visit(base);
          visit(delta);
        }
        case Weights.Dare dare -> {
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
          visit(noise.model());
          noise.mask().ifPresent(this::visit);
        }
        case Weights.Applied applied -> applied.operands().forEach(this::visit);
        case Weights.Sparse(var model, _, _) -> visit(model);
        case Weights.Rounded(var rounded) -> visit(rounded);
        case Weights.Federated federated -> {
          federated.base().ifPresent(this::visit);
          federated.clients().forEach(client -> visit(client.weights()));
        }
        case Weights.Adapted adapted -> visit(adapted.model());
        case Weights.ByAngle angle -> {
          angle.base().ifPresent(this::visit);
          angle.models().forEach(this::visit);
        }
        case Weights.ByElement(_, var base, var others) -> {
          visit(base);
          others.forEach(this::visit);
        }
        case Weights.Choice(var cases, var otherwise) -> {
          visit(otherwise);
          cases.forEach(one -> visit(one.weights()));
        }
        case Weights.Except except -> {
          visit(except.first());
          visit(except.merged());
        }
      }
    }

    void visit(Delta delta) {
      delta.ratios().forEach(this::visit);
      switch (delta) {
        case Delta.Difference(var finetuned, var base) -> {
          visit(finetuned);
          visit(base);
        }
        case Delta.Sparse(var inner, _, _) -> visit(inner);
        case Delta.Combined(var terms, _, _) -> terms.forEach(term -> visit(term.delta()));
      }
    }

    void visit(Mask mask) {
      mask.ratios().forEach(this::visit);
      switch (mask) {
        case Mask.Named(var name) -> {
          if (masks.add(name)) {
            open.addLast(() -> visit(named(RecipeParts.this.masks, name)));
          }
        }
        case Mask.Stored(var file) -> maskFiles.add(file);
        case Mask.Magnitude magnitude -> {
          visit(magnitude.a());
          visit(magnitude.b());
        }
        case Mask.Constant(var model, _) -> visit(model);
        case Mask.Random(var model, _, _) -> visit(model);
        case Mask.Gaussian(var model, _, _, _) -> visit(model);
        case Mask.Quarter quarter -> visit(quarter.model());
        case Mask.Combined combined -> {
          visit(combined.a());
          visit(combined.b());
        }
        case Mask.Edited edited -> visit(edited.mask());
      }
    }

    void visit(Ratio ratio) {
      switch (ratio) {
        case Ratio.Named(var name) -> {
          if (ratios.add(name)) {
            open.addLast(() -> visit(named(RecipeParts.this.ratios, name)));
          }
        }
        case Ratio.Complement(var inner) -> visit(inner);
        case Ratio.Combined combined -> {
          visit(combined.a());
          visit(combined.b());
        }
        case Ratio.Edited edited -> visit(edited.ratio());
        case Ratio.Elemental(_, var otherwise) -> otherwise.ifPresent(this::visit);
        case Ratio.ByComponent(var ratios) -> ratios.values().forEach(this::visit);
        case Ratio.ByPattern(var ratios) -> ratios.values().forEach(this::visit);
        case Ratio.Constant _,
            Ratio.ByBlock _,
            Ratio.ByDepth _,
            Ratio.ByGroup _,
            Ratio.ByUnetBlock _,
            Ratio.ByShell _,
            Ratio.ByAttention _,
            Ratio.ByPrefix _,
            Ratio.ByName _ -> {
          // Leaves.
        }
      }
    }

    private static <V> V named(Map<String, V> parts, String name) {
      return Objects.requireNonNull(parts.get(name));
    }
  }
}
