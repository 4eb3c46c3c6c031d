package dev.mokume.golden;

import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Result;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;

/// Magnitude masks with a chunk that no node lets one choose.
final class MaskCases extends OneByOne {
  private final Workspace workspace;

  MaskCases(Workspace workspace) {
    this.workspace = workspace;
  }

  @Override
  Comparison run(GoldenSuite suite, GoldenCase goldenCase) {
    CaseInputs inputs = new CaseInputs(suite, goldenCase, workspace);
    Fields params = goldenCase.params();
    String rule = params.text("threshold_type").toUpperCase(Locale.ROOT);
    Mask mask =
        new Mask.Magnitude(
            inputs.weights("model_a"),
            inputs.weights("model_b"),
            params.number("threshold"),
            new Mask.Quantile(
                Mask.Quantile.Rule.valueOf(rule), goldenCase.fields().integer("chunk")),
            Mask.Select.valueOf(params.text("select").toUpperCase(Locale.ROOT)));
    SequencedMap<String, GoldenTensor> result =
        PackedMasks.unpack(workspace.merge(inputs.recipe(Result.MaskFile.of(mask), "model_a")));
    return () ->
        ExpectedTensors.of(suite, goldenCase, inputs::tensors).differences(result, _ -> List.of());
  }
}
