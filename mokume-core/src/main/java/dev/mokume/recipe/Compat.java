package dev.mokume.recipe;

import static dev.mokume.recipe.Quirk.BARE_PREFIXES;
import static dev.mokume.recipe.Quirk.COARSE_EPSILON;
import static dev.mokume.recipe.Quirk.CUT_FACTORS;
import static dev.mokume.recipe.Quirk.DAMAGED_BIASES;
import static dev.mokume.recipe.Quirk.DARE_AT_ZERO;
import static dev.mokume.recipe.Quirk.EARLY_NORMS;
import static dev.mokume.recipe.Quirk.EMPTY_BREADCRUMBS;
import static dev.mokume.recipe.Quirk.FIRST_MASK_UNION;
import static dev.mokume.recipe.Quirk.FLAT_SCE;
import static dev.mokume.recipe.Quirk.FLOAT_COUNTS;
import static dev.mokume.recipe.Quirk.HALF_ARITHMETIC;
import static dev.mokume.recipe.Quirk.IDLE_PATTERNS;
import static dev.mokume.recipe.Quirk.INVERTED_MASKS;
import static dev.mokume.recipe.Quirk.LEFT_OVER_DIRECTIONS;
import static dev.mokume.recipe.Quirk.MODEL_SEQUENCES;
import static dev.mokume.recipe.Quirk.MULTIPLIED_MISFITS;
import static dev.mokume.recipe.Quirk.NAN_BISLERP;
import static dev.mokume.recipe.Quirk.NAN_SLERP;
import static dev.mokume.recipe.Quirk.NUMPY_DRAWS;
import static dev.mokume.recipe.Quirk.POOR_LAYER_TEXTS;
import static dev.mokume.recipe.Quirk.REPEATED_EDITS;
import static dev.mokume.recipe.Quirk.REPEATED_STRENGTHS;
import static dev.mokume.recipe.Quirk.ROUNDED_ITERATIONS;
import static dev.mokume.recipe.Quirk.ROUNDED_MERGES;
import static dev.mokume.recipe.Quirk.ROUNDED_OPERANDS;
import static dev.mokume.recipe.Quirk.SD15_NAMES;
import static dev.mokume.recipe.Quirk.SEPARATE_NOISE;
import static dev.mokume.recipe.Quirk.STEPWISE_ROUNDING;
import static dev.mokume.recipe.Quirk.UNSTABLE_SORTS;
import static dev.mokume.recipe.Quirk.VANISHING_EPSILON;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Whose behaviour to reproduce: a set of [Quirk]s. `docs/compat.md` says what each profile is for.
public enum Compat {
  NONE("none", Set.of()),
  DAREMERGE(
      "daremerge", with(Generations.SHARED, ROUNDED_ITERATIONS, SEPARATE_NOISE, FLOAT_COUNTS)),
  DAREMERGE_2024_01(
      "daremerge-2024-01", with(Generations.SHARED, INVERTED_MASKS, COARSE_EPSILON, DARE_AT_ZERO)),
  COMFYUI("comfyui", Set.of(MULTIPLIED_MISFITS, EARLY_NORMS, REPEATED_STRENGTHS, CUT_FACTORS)),
  /// What a ComfyUI workflow runs under: the values that people tuned their graphs for, without the
  /// defects that damage tensors.
  COMFYUI_DAREMERGE(
      "comfyui+daremerge",
      Set.of(
          HALF_ARITHMETIC,
          ROUNDED_OPERANDS,
          ROUNDED_ITERATIONS,
          BARE_PREFIXES,
          REPEATED_EDITS,
          SEPARATE_NOISE,
          IDLE_PATTERNS,
          EARLY_NORMS,
          REPEATED_STRENGTHS,
          CUT_FACTORS)),
  MERGEKIT("mergekit", Set.of(STEPWISE_ROUNDING, UNSTABLE_SORTS, EMPTY_BREADCRUMBS, FLAT_SCE)),
  MERGELM("mergelm", Set.of(MODEL_SEQUENCES)),
  MECHA("mecha", Set.of(NUMPY_DRAWS, LEFT_OVER_DIRECTIONS));

  /// What both generations of DareMerge have.
  private static final class Generations {
    static final Set<Quirk> SHARED =
        EnumSet.of(
            NAN_SLERP,
            NAN_BISLERP,
            HALF_ARITHMETIC,
            VANISHING_EPSILON,
            ROUNDED_MERGES,
            DAMAGED_BIASES,
            SD15_NAMES,
            BARE_PREFIXES,
            POOR_LAYER_TEXTS,
            REPEATED_EDITS,
            IDLE_PATTERNS,
            FIRST_MASK_UNION,
            EARLY_NORMS,
            REPEATED_STRENGTHS);
  }

  private final String id;
  private final Set<Quirk> quirks;

  Compat(String id, Set<Quirk> quirks) {
    this.id = id;
    this.quirks = quirks;
  }

  private static Set<Quirk> with(Set<Quirk> shared, Quirk... own) {
    Set<Quirk> all = EnumSet.copyOf(shared);
    all.addAll(List.of(own));
    return all;
  }

  /// As users write it: `daremerge-2024-01`.
  public String id() {
    return id;
  }

  /// Whether the profile reproduces it.
  public boolean has(Quirk quirk) {
    return quirks.contains(quirk);
  }

  /// The profile of that name, in capitals or not.
  ///
  /// @throws MokumeException `INVALID_RECIPE` if there is none; the message offers the nearest
  public static Compat parse(String id) {
    List<String> ids = ids();
    return Arrays.stream(values())
        .filter(value -> value.id.equals(id.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() ->
            new MokumeException(
                ErrorCode.INVALID_RECIPE,
                "there is no compat profile '"
                    + id
                    + "'"
                    + Nearest.ending(id, ids)
                    + " The profiles are "
                    + String.join(", ", ids)
                    + "."));
  }

  static List<String> ids() {
    return Arrays.stream(values()).map(Compat::id).toList();
  }
}
