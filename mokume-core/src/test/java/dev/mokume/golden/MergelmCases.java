package dev.mokume.golden;

import dev.mokume.architecture.Component;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Rescale;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Sparsify;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/// MergeLM: merges of whole small models, and the mask of one tensor.
final class MergelmCases extends OneByOne {
  /// Of its TIES, where a case does not say.
  private static final double TRIMMED = 0.8;

  private static final Weights BASE = new Weights.Source("pretrained");

  private final Workspace workspace;

  MergelmCases(Workspace workspace) {
    this.workspace = workspace;
  }

  @Override
  Comparison run(GoldenSuite suite, GoldenCase goldenCase) {
    Map<String, GoldenTensor> file = suite.tensors(goldenCase.inputs().text("file")).tensors();
    SequencedMap<String, SequencedMap<String, GoldenTensor>> inputs = new LinkedHashMap<>();
    Weights weights;
    List<String> excluded = List.of();
    if (goldenCase.call().equals("mask_input_with_mask_rate")) {
      GoldenTensor input = file.get(goldenCase.inputs().text("input"));
      GoldenTensor zero =
          new GoldenTensor(input.dtype(), input.shape(), new byte[input.bytes().length]);
      inputs.put("pretrained", single(zero));
      inputs.put("input", single(input));
      Fields params = goldenCase.params();
      weights =
          masked(
              new Weights.Source("input"),
              params.number("mask_rate"),
              params.flag("use_rescale"),
              params.text("mask_strategy"),
              true,
              params.integer("seed"));
    } else {
      List<String> prefixes =
          goldenCase.inputs().objects("models").stream()
              .map(model -> model.text("prefix"))
              .toList();
      Fields pretrained = goldenCase.inputs().object("pretrained");
      inputs.put(
          "pretrained",
          suite.tensors(goldenCase.inputs().text("file")).under(pretrained.text("prefix")));
      for (int i = 0; i < prefixes.size(); i++) {
        inputs.put(
            "model" + i, suite.tensors(goldenCase.inputs().text("file")).under(prefixes.get(i)));
      }
      excluded =
          inputs.firstEntry().getValue().keySet().stream()
              .filter(name -> goldenCase.params().texts("exclude").stream().anyMatch(name::matches))
              .toList();
      weights = merged(goldenCase.params(), prefixes.size());
    }
    Map<String, GoldenTensor> got = merge(suite, goldenCase, inputs, weights, excluded);
    got.keySet().removeAll(excluded);
    return () ->
        ExpectedTensors.of(suite, goldenCase, inputs::get)
            .differences(got, name -> ExpectedTensors.operands(inputs.values().stream(), name));
  }

  private static SequencedMap<String, GoldenTensor> single(GoldenTensor tensor) {
    SequencedMap<String, GoldenTensor> model = new LinkedHashMap<>();
    model.put("out", tensor);
    return model;
  }

  private Map<String, GoldenTensor> merge(
      GoldenSuite suite,
      GoldenCase goldenCase,
      SequencedMap<String, SequencedMap<String, GoldenTensor>> inputs,
      Weights weights,
      List<String> excluded) {
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    inputs.forEach((name, tensors) -> models.put(name, workspace.write(tensors)));
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(Component.OTHER, weights);
    Result result =
        Result.Checkpoint.of(components)
            .withUntouched(new Result.Untouched(Result.Mismatch.ERROR, excluded));
    return new LinkedHashMap<>(
        workspace.merge(CaseInputs.recipe(suite, goldenCase, models, result)).tensors());
  }

  private static Weights merged(Fields params, int count) {
    List<Weights> models =
        IntStream.range(0, count).<Weights>mapToObj(i -> new Weights.Source("model" + i)).toList();
    String method = params.text("method");
    if (method.equals("mask_merging")) {
      List<?> rates = params.list("weight_mask_rates");
      boolean ofDelta = params.text("weight_format").equals("delta_weight");
      List<Weights> plain = models;
      models =
          IntStream.range(0, count)
              .mapToObj(i ->
                  masked(
                      plain.get(i),
                      ((Number) rates.get(i)).doubleValue(),
                      params.flag("use_weight_rescale"),
                      params.text("mask_strategy"),
                      ofDelta,
                      params.integer("seed")))
              .toList();
      method = params.text("mask_apply_method");
    }
    return switch (method) {
      case "average_merging" ->
          new Weights.Sum(models.stream().map(model -> new Weights.Term(model, 1)).toList(), true);
      case "task_arithmetic" ->
          combined(
              models.stream().<Delta>map(model -> new Delta.Difference(model, BASE)).toList(),
              Delta.Election.NONE,
              false,
              params);
      case "ties_merging" -> {
        double rate =
            params.has("param_value_mask_rate") ? params.number("param_value_mask_rate") : TRIMMED;
        yield combined(
            models.stream()
                .<Delta>map(model ->
                    new Delta.Sparse(
                        new Delta.Difference(model, BASE),
                        new Sparsify.OfModel(rate),
                        Rescale.NONE))
                .toList(),
            Delta.Election.MASS,
            true,
            params);
      }
      default -> throw new AssertionError("Mokume has no method " + method);
    };
  }

  private static Weights combined(
      List<Delta> deltas, Delta.Election election, boolean normalise, Fields params) {
    Ratio one = new Ratio.Constant(1);
    return new Weights.AddDelta(
        BASE,
        new Delta.Combined(
            deltas.stream().map(delta -> new Delta.Term(delta, one)).toList(), election, normalise),
        new Ratio.Constant(params.number("scaling_coefficient")));
  }

  /// @param ofDelta whether the difference from the base is masked, or the weights themselves
  private static Weights masked(
      Weights model, double rate, boolean rescales, String strategy, boolean ofDelta, long seed) {
    Sparsify kept =
        switch (strategy) {
          case "random" -> new Sparsify.Random(new Ratio.Constant(1 - rate), seed);
          case "magnitude" -> new Sparsify.Above(new Ratio.Constant(rate));
          default -> throw new AssertionError("Mokume cannot mask by " + strategy);
        };
    Rescale rescale = rescales ? Rescale.INVERSE_DENSITY : Rescale.NONE;
    return ofDelta
        ? new Weights.AddDelta(
            BASE,
            new Delta.Sparse(new Delta.Difference(model, BASE), kept, rescale),
            new Ratio.Constant(1))
        : new Weights.Sparse(model, kept, rescale);
  }
}
