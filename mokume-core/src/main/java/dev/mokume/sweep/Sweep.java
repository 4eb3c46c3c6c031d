package dev.mokume.sweep;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.RecipeNumbers;
import dev.mokume.recipe.Result;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// One recipe with every combination of the values that some of its numbers take.
///
/// @param recipe that is varied
/// @param axes at least one
/// @param variants one a combination, the last axis varying fastest
public record Sweep(Recipe recipe, List<Axis> axes, List<Variant> variants) {
  /// More variants than these have to be asked for.
  public static final int USUAL_MOST = 1_000;

  /// What a file system takes as a name, less room for the temporary ones.
  private static final int LONGEST_NAME = 200;

  private static final Pattern UNSAFE = Pattern.compile("[^A-Za-z0-9._+-]");

  public Sweep {
    axes = List.copyOf(axes);
    variants = List.copyOf(variants);
  }

  /// Settles every variant; no file is touched.
  ///
  /// @param methods that the recipe may name
  /// @param most variants that there may be
  /// @throws MokumeException `INVALID_RECIPE` with every number that there is not, if there are too
  ///   many variants, or with every value that the recipe does not allow
  public static Sweep of(Recipe recipe, List<Axis> axes, MergeMethods methods, int most) {
    RecipeNumbers numbers = RecipeNumbers.of(recipe);
    List<Problem> problems = new ArrayList<>();
    if (!(recipe.result() instanceof Result.Checkpoint checkpoint) || checkpoint.isPipeline()) {
      problems.add(
          invalid(
              "a sweep makes checkpoints, but the recipe makes a mask or a folder in the layout of"
                  + " diffusers; vary a recipe whose output is one file."));
    }
    if (axes.isEmpty()) {
      problems.add(invalid("a sweep varies at least one number of its recipe, as in seed=1..8."));
    }
    problems.addAll(numbers.problems(axes.stream().map(Axis::number).toList()));
    long count = count(axes);
    if (count > most) {
      problems.add(
          invalid(
              "%s variants are asked for, but at most %s are made; ask for fewer values, or allow more (--most-variants)."
                  .formatted(
                      count == Long.MAX_VALUE ? "too many" : Amount.count(count),
                      Amount.count(most))));
    }
    throwIfAny(problems);
    List<Variant> variants = new ArrayList<>();
    for (SequencedMap<String, BigDecimal> values : combinations(axes)) {
      String name = name(values);
      if (name.length() > LONGEST_NAME) {
        throw new MokumeException(
            ErrorCode.INVALID_RECIPE,
            "'"
                + name
                + "' would be the name of a file, but is longer than "
                + LONGEST_NAME
                + " characters; write less of the numbers' places, or vary fewer.");
      }
      try {
        variants.add(new Variant(name, values, numbers.with(values, methods)));
      } catch (MokumeException e) {
        problems.addAll(e.problems());
      }
    }
    // A value is wrong in every combination.
    throwIfAny(problems.stream().distinct().toList());
    return new Sweep(recipe, axes, variants);
  }

  private static void throwIfAny(List<Problem> problems) {
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
  }

  private static Problem invalid(String message) {
    return new Problem(ErrorCode.INVALID_RECIPE, message);
  }

  private static long count(List<Axis> axes) {
    long count = 1;
    for (Axis axis : axes) {
      count =
          count > Long.MAX_VALUE / axis.values().size()
              ? Long.MAX_VALUE
              : count * axis.values().size();
    }
    return count;
  }

  private static List<SequencedMap<String, BigDecimal>> combinations(List<Axis> axes) {
    List<SequencedMap<String, BigDecimal>> combinations = List.of(new LinkedHashMap<>());
    for (Axis axis : axes) {
      List<SequencedMap<String, BigDecimal>> longer = new ArrayList<>();
      for (SequencedMap<String, BigDecimal> combination : combinations) {
        for (BigDecimal value : axis.values()) {
          SequencedMap<String, BigDecimal> one = new LinkedHashMap<>(combination);
          one.put(axis.number(), value);
          longer.add(one);
        }
      }
      combinations = longer;
    }
    return combinations;
  }

  private static String name(SequencedMap<String, BigDecimal> values) {
    return values.entrySet().stream()
        .map(entry -> safe(entry.getKey()) + "=" + Axis.text(entry.getValue()))
        .collect(Collectors.joining(","));
  }

  /// No separator of folders, no blank, nothing that a shell or another file system minds. A name
  /// never begins with a dot, which would hide it.
  private static String safe(String number) {
    String safe = UNSAFE.matcher(number).replaceAll("_");
    return safe.startsWith(".") ? "_" + safe.substring(1) : safe;
  }
}
