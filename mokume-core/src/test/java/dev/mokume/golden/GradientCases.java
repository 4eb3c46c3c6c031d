package dev.mokume.golden;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/// Nodes that return a ratio for each layer, run as `mokume run` does.
final class GradientCases extends OneByOne {
  private final Workspace workspace;
  private final ModelsFolder folder;

  GradientCases(Workspace workspace) {
    this.workspace = workspace;
    this.folder = ModelsFolder.in(workspace.folder());
  }

  @Override
  Comparison run(GoldenSuite suite, GoldenCase goldenCase) {
    CaseInputs inputs = new CaseInputs(suite, goldenCase, workspace);
    CaseWorkflow workflow = new CaseWorkflow(suite, goldenCase, inputs, folder);
    String text = CaseWorkflow.text(workflow.product(workflow.addCall(), 0));
    Fields numbers = Json.object(text.getBytes(StandardCharsets.UTF_8));
    return () -> differences(goldenCase, numbers);
  }

  private static List<String> differences(GoldenCase goldenCase, Fields numbers) {
    Fields expected = goldenCase.fields().object("expected_value");
    List<String> differences = new ArrayList<>();
    SequencedSet<String> names = new LinkedHashSet<>(expected.names());
    names.addAll(numbers.names());
    for (String name : names) {
      if (!expected.has(name)) {
        differences.add(name + ": expected no ratio, got " + numbers.number(name));
      } else if (!numbers.has(name)) {
        differences.add(name + ": expected " + expected.number(name) + ", got no ratio");
      } else if (!Tolerance.isNear(
          expected.number(name),
          numbers.number(name),
          goldenCase.tolerance().allowed(expected.number(name)))) {
        differences.add(
            name + ": expected " + expected.number(name) + ", got " + numbers.number(name));
      }
    }
    return differences;
  }
}
