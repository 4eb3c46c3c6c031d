package dev.mokume.golden;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.expression.Elements;
import dev.mokume.expression.QuantileRule;
import dev.mokume.expression.Scalar;
import dev.mokume.method.NormGroups;
import dev.mokume.recipe.Normalization;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/// Functions below the nodes that give numbers or names and no tensors.
final class FunctionCases extends OneByOne {
  private static final String QUERY =
      "diffusion_model.middle_block.1.transformer_blocks.0.attn1.to_q.weight";

  private final Workspace workspace;

  FunctionCases(Workspace workspace) {
    this.workspace = workspace;
  }

  @Override
  Comparison run(GoldenSuite suite, GoldenCase goldenCase) {
    return switch (goldenCase.call()) {
      case "relative_norm" -> relativeNorm(suite, goldenCase);
      case "generate_key_groups_sd15" -> {
        Map<String, ?> groups = NormGroups.ofDareMerge();
        yield () -> same(goldenCase.fields().object("expected_value").values(), groups);
      }
      case "ddare.tensor._threshold_in_chunks" -> thresholds(suite, goldenCase);
      default ->
          throw new IllegalArgumentException(
              "the harness does not know the function " + goldenCase.call());
    };
  }

  /// `norm(b) / (norm(a) + 1e-12)`, as what a query is multiplied by.
  private Comparison relativeNorm(GoldenSuite suite, GoldenCase goldenCase) {
    Map<String, GoldenTensor> file = suite.tensors(goldenCase.inputs().text("file")).tensors();
    GoldenTensor a = file.get(goldenCase.inputs().text("a"));
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("a", write(a));
    models.put("b", write(file.get(goldenCase.inputs().text("b"))));
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(
        Component.UNET,
        new Weights.Normalize(
            new Weights.Source("a"), new Weights.Source("b"), Normalization.ATTN_ONLY, false));
    GoldenTensor scaled =
        workspace
            .merge(CaseInputs.recipe(suite, goldenCase, models, Result.Checkpoint.of(components)))
            .tensors()
            .get(QUERY);
    double[] before = a.values();
    int largest = largest(before);
    double got = scaled.values()[largest] / before[largest];
    return () -> {
      double expected = goldenCase.fields().number("expected_value");
      return Tolerance.isNear(expected, got, goldenCase.tolerance().allowed(expected))
          ? List.of()
          : List.of("expected " + expected + ", got " + got);
    };
  }

  /// Quantiles of `|model_b - model_a|`, one for each entry of the expected list.
  private Comparison thresholds(GoldenSuite suite, GoldenCase goldenCase) {
    List<Fields> entries = goldenCase.fields().objects("expected_value");
    List<Double> got = new ArrayList<>();
    try (Checkpoint a = open(suite, goldenCase, "model_a");
        Checkpoint b = open(suite, goldenCase, "model_b")) {
      for (Fields entry : entries) {
        got.add(workspace.measure(quantile(entry, a, b)));
      }
    }
    return () -> {
      List<String> differences = new ArrayList<>();
      for (int i = 0; i < entries.size(); i++) {
        if (entries.get(i).number("value") != got.get(i)) {
          differences.add(entries.get(i).values() + ": got " + got.get(i));
        }
      }
      return differences;
    };
  }

  private static Scalar.Quantile quantile(Fields entry, Checkpoint a, Checkpoint b) {
    Elements difference =
        new Elements.Binary(Elements.Operator.SUBTRACT, stored(b, entry), stored(a, entry));
    QuantileRule rule = QuantileRule.valueOf(entry.text("threshold_type").toUpperCase(Locale.ROOT));
    return new Scalar.Quantile(
        new Elements.Magnitude(difference),
        entry.number("threshold"),
        rule,
        entry.integer("chunk"));
  }

  private static Elements stored(Checkpoint checkpoint, Fields entry) {
    return new Elements.Stored(checkpoint.tensors().get(entry.text("key")));
  }

  private Checkpoint open(GoldenSuite suite, GoldenCase goldenCase, String input) {
    String path = goldenCase.inputs().text(input);
    return Checkpoints.open(workspace.writeOnce(path, suite.tensors(path).tensors()));
  }

  private static int largest(double[] values) {
    int largest = 0;
    for (int i = 1; i < values.length; i++) {
      largest = Math.abs(values[i]) > Math.abs(values[largest]) ? i : largest;
    }
    return largest;
  }

  private Path write(GoldenTensor tensor) {
    SequencedMap<String, GoldenTensor> tensors = new LinkedHashMap<>();
    tensors.put(QUERY, tensor);
    return workspace.write(tensors);
  }

  private static List<String> same(Object expected, Object got) {
    return expected.equals(got) ? List.of() : List.of("expected " + expected + ", got " + got);
  }
}
