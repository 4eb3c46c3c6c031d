package dev.mokume.golden;

import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/// The inputs of one case: as tensors, as files, and as the leaves of a recipe.
final class CaseInputs {
  /// Cases of mode default whose value only the reference's order of sums gives: they run under its
  /// profile, as cases of mode compat do. `docs/compat.md` shows that it is so.
  private static final Set<String> ROUNDING =
      Set.of(
          "edge/karcher/opposite",
          "rotate/m6x40/1.0/0.0/1.0",
          "rotate/m6x40/0.0/0.4/1.0",
          "rotate/m6x40/0.5/0.0/1.0");

  private final GoldenSuite suite;
  private final GoldenCase goldenCase;
  private final Workspace workspace;
  private final SequencedMap<String, Path> models = new LinkedHashMap<>();

  CaseInputs(GoldenSuite suite, GoldenCase goldenCase, Workspace workspace) {
    this.suite = suite;
    this.goldenCase = goldenCase;
    this.workspace = workspace;
  }

  boolean has(String input) {
    return goldenCase.inputs().has(input);
  }

  /// The tensors of a model or mask, after `alter` and without its patches.
  SequencedMap<String, GoldenTensor> tensors(String input) {
    SequencedMap<String, GoldenTensor> tensors =
        new LinkedHashMap<>(stored(goldenCase.inputs().value(input)));
    for (Fields change : changes(input)) {
      change.texts("drop").forEach(tensors::remove);
      change
          .objectOrEmpty("replace")
          .values()
          .forEach((name, other) ->
              tensors.put(name, suite.tensors("inputs.safetensors").tensors().get(other)));
    }
    return tensors;
  }

  private SequencedMap<String, GoldenTensor> stored(Object reference) {
    if (reference instanceof String path) {
      return suite.tensors(path).tensors();
    }
    Fields set = new Fields(Json.asObject(reference));
    SequencedMap<String, GoldenTensor> tensors =
        suite.tensors(set.text("file")).under(set.text("prefix"));
    if (set.has("keys")) {
      tensors.keySet().retainAll(set.texts("keys"));
    }
    return tensors;
  }

  /// The earlier patches that the case puts on a model.
  List<Fields> patches(String input) {
    return changes(input).stream().flatMap(change -> change.objects("patches").stream()).toList();
  }

  /// The ratios that an input names in the suite's table.
  SequencedMap<String, Double> ratios(String input) {
    return suite.gradient(goldenCase.inputs().object(input).text("gradient"));
  }

  /// A model as an expression: a source under the earlier patches that the case puts on it.
  Weights weights(String input) {
    models.put(input, file(input));
    Weights weights = new Weights.Source(input);
    for (Fields change : changes(input)) {
      for (Fields patch : change.objects("patches")) {
        String other = patch.text("other");
        models.put(other, workspace.writeOnce(other, suite.tensors(other).tensors()));
        weights = patched(weights, new Weights.Source(other), patch, tensors(input).keySet());
      }
    }
    return weights;
  }

  /// `strength_model * own + strength_patch * other` for the tensors that the patch names.
  private static Weights patched(Weights own, Weights other, Fields patch, Set<String> names) {
    Weights sum =
        new Weights.Sum(
            List.of(
                new Weights.Term(own, patch.number("strength_model")),
                new Weights.Term(other, patch.number("strength_patch"))));
    List<String> patched = patch.texts("keys");
    List<String> others = names.stream().filter(name -> !patched.contains(name)).toList();
    return new Weights.Except(own, sum, others); // a whole name is an ending too
  }

  private List<Fields> changes(String input) {
    return goldenCase.inputs().objects("alter").stream()
        .filter(change -> change.text("model").equals(input))
        .toList();
  }

  private Path file(String input) {
    if (changes(input).isEmpty() && goldenCase.inputs().value(input) instanceof String path) {
      return workspace.writeOnce(path, suite.tensors(path).tensors());
    }
    return workspace.write(tensors(input));
  }

  Optional<Mask> optionalMask(String input) {
    return has(input) ? Optional.of(mask(input)) : Optional.empty();
  }

  Mask mask(String input) {
    return new Mask.Stored(file(input));
  }

  /// The ratio that an input names in the suite's table.
  Ratio.ByName gradient(String input) {
    return new Ratio.ByName(suite.gradient(goldenCase.inputs().object(input).text("gradient")));
  }

  /// The tensors of each input that is a model, for `ulp_at_operand`.
  List<SequencedMap<String, GoldenTensor>> operandModels() {
    return goldenCase.inputs().names().stream()
        .filter(input ->
            !input.equals("alter") && !input.contains("mask") && !input.startsWith("gradient"))
        .map(this::tensors)
        .toList();
  }

  /// A recipe over the inputs that were asked for, the first of them first; `fallback` is the only
  /// model if none was.
  Recipe recipe(Result result, String fallback) {
    if (models.isEmpty()) {
      models.put(fallback, file(fallback));
    }
    return recipe(suite, goldenCase, models, result);
  }

  /// A recipe with the compat profile and the generator that the case needs.
  static Recipe recipe(
      GoldenSuite suite, GoldenCase goldenCase, SequencedMap<String, Path> models, Result result) {
    Recipe plain = Recipe.of(models, result);
    return new Recipe(
        plain.models(),
        plain.weights(),
        plain.masks(),
        plain.ratios(),
        result,
        compat(suite, goldenCase),
        goldenCase.drawsFromTorch() ? Rng.TORCH_CPU : Rng.STATELESS);
  }

  static Compat compat(GoldenSuite suite, GoldenCase goldenCase) {
    if (!goldenCase.isCompat() && !ROUNDING.contains(goldenCase.id())) {
      return Compat.NONE;
    }
    if (goldenCase.fields().optionalText("variant").equals(Optional.of("35afed5"))) {
      return Compat.DAREMERGE_2024_01;
    }
    return switch (suite.name()) {
      case "comfy_core" -> Compat.COMFYUI;
      case "mecha" -> Compat.MECHA;
      case "mergekit" -> Compat.MERGEKIT;
      case "mergelm" -> Compat.MERGELM;
      default -> Compat.DAREMERGE;
    };
  }
}
