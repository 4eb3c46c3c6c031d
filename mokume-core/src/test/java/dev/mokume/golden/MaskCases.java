package dev.mokume.golden;

import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Result;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.SequencedMap;

/// Nodes that return a mask.
final class MaskCases extends OneByOne {
  private final Workspace workspace;

  MaskCases(Workspace workspace) {
    this.workspace = workspace;
  }

  @Override
  Comparison run(GoldenSuite suite, GoldenCase goldenCase) {
    CaseInputs inputs = new CaseInputs(suite, goldenCase, workspace);
    Mask mask = mask(goldenCase, inputs);
    String anyInput = goldenCase.inputs().names().iterator().next();
    SequencedMap<String, GoldenTensor> result =
        PackedMasks.unpack(workspace.merge(inputs.recipe(new Result.MaskFile(mask), anyInput)));
    return () ->
        ExpectedTensors.of(suite, goldenCase, inputs::tensors).differences(result, _ -> List.of());
  }

  private static Mask mask(GoldenCase goldenCase, CaseInputs inputs) {
    Fields params = goldenCase.params();
    return switch (goldenCase.call()) {
      case "DM_MagnitudeMasker" ->
          new Mask.Magnitude(
              inputs.weights("model_a"),
              inputs.weights("model_b"),
              params.number("threshold"),
              quantile(goldenCase),
              Mask.Select.valueOf(params.text("select").toUpperCase(Locale.ROOT)));
      case "DM_SimpleMasker" -> simple(params, inputs);
      case "DM_QuadMasker" ->
          new Mask.Quarter(
              inputs.weights("model"),
              (int) goldenCase.fields().integer("output_index"),
              params.integer("seed"),
              before(goldenCase));
      case "DM_MaskOperations" ->
          new Mask.Combined(
              Mask.SetOperation.valueOf(params.text("operation").toUpperCase(Locale.ROOT)),
              inputs.mask("mask_a"),
              inputs.mask("mask_b"));
      case "DM_MaskEdit" ->
          new Mask.Edited(
              inputs.mask("mask"), fill(params), params.text("layers"), params.integer("seed"));
      default ->
          throw new IllegalArgumentException(
              "the harness does not know the node " + goldenCase.call());
    };
  }

  private static Mask.Quantile quantile(GoldenCase goldenCase) {
    long chunk =
        goldenCase.fields().has("chunk")
            ? goldenCase.fields().integer("chunk")
            : Mask.Quantile.REFERENCE_CHUNK;
    String rule = goldenCase.params().text("threshold_type").toUpperCase(Locale.ROOT);
    return new Mask.Quantile(Mask.Quantile.Rule.valueOf(rule), chunk);
  }

  private static OptionalLong before(GoldenCase goldenCase) {
    return goldenCase.fields().has("state_before")
        ? OptionalLong.of(goldenCase.fields().object("state_before").integer("manual_seed"))
        : OptionalLong.empty();
  }

  private static Mask simple(Fields params, CaseInputs inputs) {
    long seed = params.integer("seed");
    return switch (fill(params)) {
      case Mask.Fill.Constant(boolean value) -> new Mask.Constant(inputs.weights("model"), value);
      case Mask.Fill.Random(double clearShare) ->
          new Mask.Random(inputs.weights("model"), clearShare, seed);
      case Mask.Fill.Gaussian(double mean, double deviation) ->
          new Mask.Gaussian(inputs.weights("model"), mean, deviation, seed);
    };
  }

  private static Mask.Fill fill(Fields params) {
    String operation = params.text("operation");
    return switch (operation) {
      case "true", "false" -> new Mask.Fill.Constant(operation.equals("true"));
      case "random" -> new Mask.Fill.Random(params.number("arg_one"));
      case "gaussian" -> new Mask.Fill.Gaussian(params.number("arg_one"), params.number("arg_two"));
      default -> throw new IllegalArgumentException("unknown mask operation " + operation);
    };
  }
}
