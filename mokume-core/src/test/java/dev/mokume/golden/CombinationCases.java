package dev.mokume.golden;

import dev.mokume.architecture.Component;
import dev.mokume.recipe.AngleRule;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.ElementRule;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.Vectors;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// mergekit's methods that combine models by lengths and angles, or element by element upon a base:
/// each case is a merge of checkpoints of one tensor.
final class CombinationCases extends OneByOne {
  private static final String NAME = "model.layers.0.mlp.up_proj.weight";

  private final Workspace workspace;

  CombinationCases(Workspace workspace) {
    this.workspace = workspace;
  }

  /// Whether a method is among those of this class.
  static boolean knows(String method) {
    return switch (method) {
      case "slerp",
          "nuslerp",
          "multislerp",
          "karcher",
          "model_stock",
          "nearswap",
          "sce",
          "ram",
          "ramplus_tl",
          "arcee_fusion",
          "passthrough" ->
          true;
      default -> false;
    };
  }

  @Override
  Comparison run(GoldenSuite suite, GoldenCase goldenCase) {
    Map<String, GoldenTensor> file = suite.tensors(goldenCase.inputs().text("file")).tensors();
    SequencedMap<String, GoldenTensor> inputs = new LinkedHashMap<>();
    goldenCase
        .inputs()
        .object("tensors")
        .values()
        .forEach((model, tensor) -> inputs.put(model, file.get(tensor)));
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    inputs.forEach((model, tensor) ->
        models.put(model, workspace.write(new LinkedHashMap<>(Map.of(NAME, tensor)))));
    Optional<GoldenTensor> expected =
        goldenCase.expectsError()
            ? Optional.empty()
            : Optional.of(ExpectedTensors.stored(suite, goldenCase.expected()).get("out"));
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(Component.OTHER, weights(goldenCase.params()));
    // The reference promotes halves here and there.
    Map<Component, DType> dtypes = new LinkedHashMap<>();
    expected.ifPresent(tensor -> dtypes.put(Component.OTHER, tensor.dtype()));
    Recipe plain = Recipe.of(models, Result.Checkpoint.of(components).withDtypes(dtypes));
    Recipe recipe =
        new Recipe(
            plain.models(),
            plain.weights(),
            plain.masks(),
            plain.ratios(),
            plain.result(),
            goldenCase.isCompat() ? Compat.MERGEKIT : Compat.NONE,
            Rng.STATELESS);
    GoldenTensor got = workspace.merge(recipe).tensors().get(NAME);
    return () ->
        goldenCase
            .tolerance()
            .difference(expected.orElseThrow(), got, List.copyOf(inputs.values()))
            .stream()
            .toList();
  }

  private static Weights weights(Fields params) {
    Fields parameters = params.objectOrEmpty("parameters");
    Optional<String> base = params.optionalText("base");
    List<String> names =
        params.texts("models").stream().filter(name -> !base.equals(Optional.of(name))).toList();
    List<Weights> models = names.stream().<Weights>map(Weights.Source::new).toList();
    Optional<Weights> from = base.map(Weights.Source::new);
    List<Ratio> shares =
        names.stream()
            .map(name -> params.object("tensor_parameters").objectOrEmpty(name))
            .<Ratio>map(model -> new Ratio.Constant(model.has("weight") ? model.number("weight") : 1))
            .toList();
    return switch (params.text("method")) {
      case "slerp" ->
          angle(
              new AngleRule.Arc(new Ratio.Constant(parameters.number("t")), 0.9995),
              List.of(from.orElseThrow(), models.getFirst()),
              Optional.empty());
      case "nuslerp" ->
          new Weights.ByAngle(new AngleRule.Arc(share(shares)), models, from, vectors(parameters));
      case "multislerp" ->
          angle(
              new AngleRule.Mean(shares, parameters.flag("normalize_weights")), models, from);
      case "karcher" ->
          angle(
              new AngleRule.Karcher(
                  (int) parameters.integer("max_iter"), parameters.number("tol")),
              models,
              from);
      case "model_stock" ->
          new Weights.ByAngle(
              new AngleRule.Stock(),
              models,
              from,
              parameters.flag("filter_wise") ? Vectors.ROWS : Vectors.WHOLE);
      case "nearswap" ->
          element(
              new ElementRule.NearSwap(new Ratio.Constant(parameters.number("t"))), models, from);
      case "sce" ->
          element(new ElementRule.Variance(parameters.number("select_topk")), models, from);
      case "ram" ->
          element(
              new ElementRule.Overlap(parameters.number("epsilon"), 0, ElementRule.Overlap.MOST),
              models,
              from);
      case "ramplus_tl" ->
          element(
              new ElementRule.Overlap(
                  parameters.number("epsilon"), parameters.number("r"), parameters.number("alpha")),
              models,
              from);
      case "arcee_fusion" -> element(new ElementRule.Importance(), models, from);
      default -> throw new IllegalArgumentException("no method " + params.text("method"));
    };
  }

  private static Weights angle(AngleRule rule, List<Weights> models, Optional<Weights> base) {
    return new Weights.ByAngle(rule, models, base, Vectors.WHOLE);
  }

  private static Weights element(ElementRule rule, List<Weights> models, Optional<Weights> base) {
    return new Weights.ByElement(rule, base.orElseThrow(), models);
  }

  /// mergekit's weights of two models, as the share of the later.
  private static Ratio share(List<Ratio> weights) {
    double first = ((Ratio.Constant) weights.getFirst()).value();
    double later = ((Ratio.Constant) weights.getLast()).value();
    double sum = first + later;
    return new Ratio.Constant(Math.abs(sum) < 1e-6 ? 0.5 : later / sum);
  }

  /// What mergekit calls row-wise works on the columns, and the other way round.
  private static Vectors vectors(Fields parameters) {
    if (parameters.flag("nuslerp_flatten")) {
      return Vectors.WHOLE;
    }
    return parameters.flag("nuslerp_row_wise") ? Vectors.COLUMNS : Vectors.ROWS;
  }
}
