package dev.mokume.golden;

import dev.mokume.architecture.Component;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Whole nodes that return a model, and workflows of such nodes.
final class NodeCases extends OneByOne {
  private final Workspace workspace;

  NodeCases(Workspace workspace) {
    this.workspace = workspace;
  }

  @Override
  Comparison run(GoldenSuite suite, GoldenCase goldenCase) {
    CaseInputs inputs = new CaseInputs(suite, goldenCase, workspace);
    Map<String, GoldenTensor> result = workspace.merge(recipe(goldenCase, inputs)).tensors();
    List<SequencedMap<String, GoldenTensor>> models = inputs.operandModels();
    return () ->
        ExpectedTensors.of(suite, goldenCase, inputs::tensors)
            .differences(result, name -> ExpectedTensors.operands(models.stream(), name));
  }

  private static Recipe recipe(GoldenCase goldenCase, CaseInputs inputs) {
    Weights weights =
        goldenCase.call().equals("workflow")
            ? workflow(goldenCase, inputs)
            : new NodeExpression(goldenCase.call(), goldenCase.params(), inputs)
                .weights(inputs::weights);
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    NodeExpression.components(goldenCase.call())
        .forEach(component -> components.put(component, weights));
    return inputs.recipe(Result.Checkpoint.of(components), "");
  }

  /// Steps whose inputs are inputs of the case or results of earlier steps; the last result counts.
  private static Weights workflow(GoldenCase goldenCase, CaseInputs inputs) {
    SequencedMap<String, Weights> values = new LinkedHashMap<>();
    goldenCase.inputs().names().stream()
        .filter(input -> !input.equals("alter"))
        .forEach(input -> values.put(input, inputs.weights(input)));
    for (Fields step : goldenCase.fields().objects("steps")) {
      Fields wires = step.object("inputs");
      NodeExpression node =
          new NodeExpression(step.text("call"), step.objectOrEmpty("params"), inputs);
      values.put(step.text("out"), node.weights(input -> values.get(wires.text(input))));
    }
    return values.lastEntry().getValue();
  }
}
