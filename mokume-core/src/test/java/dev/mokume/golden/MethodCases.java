package dev.mokume.golden;

import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// `merge_tensors(method, v0, v1, t)`: an interpolation of two single tensors; t is the share of
/// v1.
final class MethodCases implements CaseRunner {
  private final Workspace workspace;

  MethodCases(Workspace workspace) {
    this.workspace = workspace;
  }

  private record Group(String method, double t, boolean compat) {
    static Group of(GoldenCase goldenCase) {
      return new Group(
          goldenCase.params().text("method"),
          goldenCase.params().number("t"),
          goldenCase.isCompat());
    }
  }

  @Override
  public void run(GoldenSuite suite, List<GoldenCase> cases, Verdicts verdicts) {
    Map<Group, List<GoldenCase>> groups =
        cases.stream()
            .collect(Collectors.groupingBy(Group::of, LinkedHashMap::new, Collectors.toList()));
    TensorBatch batch = new TensorBatch(suite, workspace, verdicts);
    groups.forEach((group, members) ->
        batch.run(
            members.stream().map(member -> pair(suite, member)).toList(),
            (a, b) -> expression(group, a, b)));
  }

  private static Weights expression(Group group, Weights a, Weights b) {
    return new Weights.Interpolate(
        Interpolation.parse(group.method()), a, b, new Ratio.Constant(group.t()), Optional.empty());
  }

  private static TensorBatch.Pair pair(GoldenSuite suite, GoldenCase goldenCase) {
    Map<String, GoldenTensor> file = suite.tensors(goldenCase.inputs().text("file")).tensors();
    return new TensorBatch.Pair(
        goldenCase,
        file.get(goldenCase.inputs().text("v0")),
        file.get(goldenCase.inputs().text("v1")),
        expected(suite, goldenCase));
  }

  private static List<GoldenTensor> expected(GoldenSuite suite, GoldenCase goldenCase) {
    if (goldenCase.expectsError()) {
      return List.of();
    }
    GoldenTensor tensor =
        ExpectedTensors.stored(suite, goldenCase.expected())
            .get(goldenCase.fields().text("compare"));
    return List.of(tensor);
  }
}
