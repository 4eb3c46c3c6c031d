package dev.mokume.golden;

import dev.mokume.architecture.Architectures;
import dev.mokume.method.LayerRatios;
import dev.mokume.method.RatioContext;
import dev.mokume.recipe.Ratio;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;

/// Nodes that return a ratio for each layer.
final class GradientCases extends OneByOne {
  @Override
  Comparison run(GoldenSuite suite, GoldenCase goldenCase) {
    SequencedMap<String, Ratio> unnamed = new LinkedHashMap<>();
    SequencedSet<String> names = names(suite, goldenCase);
    RatioContext context =
        RatioContext.of(
            names,
            unnamed,
            CaseInputs.compat(suite, goldenCase),
            Architectures.detect(specs(suite, goldenCase, names)));
    Map<String, Double> numbers = LayerRatios.resolve(ratio(suite, goldenCase), context).values();
    return () -> differences(goldenCase, numbers);
  }

  private static List<String> differences(GoldenCase goldenCase, Map<String, Double> numbers) {
    Fields expected = goldenCase.fields().object("expected_value");
    List<String> differences = new ArrayList<>();
    SequencedSet<String> names = new LinkedHashSet<>(expected.names());
    names.addAll(numbers.keySet());
    for (String name : names) {
      Double got = numbers.get(name);
      if (!expected.has(name)) {
        differences.add(name + ": expected no ratio, got " + got);
      } else if (got == null) {
        differences.add(name + ": expected " + expected.number(name) + ", got no ratio");
      } else if (!Tolerance.isNear(
          expected.number(name), got, goldenCase.tolerance().allowed(expected.number(name)))) {
        differences.add(name + ": expected " + expected.number(name) + ", got " + got);
      }
    }
    return differences;
  }

  private static Ratio ratio(GoldenSuite suite, GoldenCase goldenCase) {
    Fields params = goldenCase.params();
    return switch (goldenCase.call()) {
      case "DM_BlockGradient" -> NodeExpression.byGroup(params);
      case "DM_MBWGradient" -> NodeExpression.byUnetBlock(params);
      case "DM_ShellGradient" -> NodeExpression.byShell(params);
      case "DM_AttentionGradient" -> NodeExpression.byAttention(params);
      case "DM_GradientOperations" ->
          new Ratio.Combined(
              Ratio.Operation.valueOf(params.text("operation").toUpperCase(Locale.ROOT)),
              NodeExpression.join(params),
              new Ratio.ByName(gradient(suite, goldenCase, "gradient_a")),
              new Ratio.ByName(gradient(suite, goldenCase, "gradient_b")));
      case "DM_GradientEdit" ->
          new Ratio.Edited(
              new Ratio.ByName(gradient(suite, goldenCase, "gradient")),
              Ratio.Edit.valueOf(params.text("operation").toUpperCase(Locale.ROOT)),
              params.number("value"),
              params.text("layers"));
      default ->
          throw new IllegalArgumentException(
              "the harness does not know the node " + goldenCase.call());
    };
  }

  private static SequencedMap<String, Double> gradient(
      GoldenSuite suite, GoldenCase goldenCase, String input) {
    return suite.gradient(goldenCase.inputs().object(input).text("gradient"));
  }

  /// The layers that there are: the model's, or those that the incoming gradients speak of.
  private static SequencedSet<String> names(GoldenSuite suite, GoldenCase goldenCase) {
    if (goldenCase.inputs().has("model")) {
      return new LinkedHashSet<>(
          suite.tensors(goldenCase.inputs().text("model")).tensors().keySet());
    }
    SequencedSet<String> names = new LinkedHashSet<>();
    goldenCase
        .inputs()
        .names()
        .forEach(input -> names.addAll(gradient(suite, goldenCase, input).keySet()));
    return names;
  }

  private static List<TensorSpec> specs(
      GoldenSuite suite, GoldenCase goldenCase, SequencedSet<String> names) {
    if (goldenCase.inputs().has("model")) {
      return suite.tensors(goldenCase.inputs().text("model")).tensors().entrySet().stream()
          .map(entry ->
              new TensorSpec(entry.getKey(), entry.getValue().dtype(), entry.getValue().shape()))
          .toList();
    }
    return names.stream().map(GradientCases::specOfUnknownSize).toList();
  }

  private static TensorSpec specOfUnknownSize(String name) {
    return new TensorSpec(name, dev.mokume.tensor.DType.F32, dev.mokume.tensor.Shape.of(1));
  }
}
