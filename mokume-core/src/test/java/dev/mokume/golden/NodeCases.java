package dev.mokume.golden;

import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.comfyui.Product;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// Nodes that return a model or a mask, and workflows of such nodes, run as `mokume run` does.
final class NodeCases extends OneByOne {
  private final Workspace workspace;
  private final ModelsFolder folder;

  NodeCases(Workspace workspace) {
    this.workspace = workspace;
    this.folder = ModelsFolder.in(workspace.folder());
  }

  @Override
  Comparison run(GoldenSuite suite, GoldenCase goldenCase) {
    CaseInputs inputs = new CaseInputs(suite, goldenCase, workspace);
    CaseWorkflow workflow = new CaseWorkflow(suite, goldenCase, inputs, folder);
    boolean isOfSteps = goldenCase.call().equals("workflow");
    String node = isOfSteps ? addSteps(goldenCase, workflow) : workflow.addCall();
    int slot =
        goldenCase.fields().has("output_index")
            ? (int) goldenCase.fields().integer("output_index")
            : 0;
    Product product = workflow.product(node, slot);
    Recipe recipe = ((Product.Content.Merge) product.content()).recipe();
    TensorFile file = workspace.merge(recipe);
    SequencedMap<String, GoldenTensor> result =
        ModelsFolder.inMemory(
            goldenCase.call().contains("Mask") && !goldenCase.call().contains("Merger")
                ? PackedMasks.unpack(file)
                : file.tensors());
    List<SequencedMap<String, GoldenTensor>> models = inputs.operandModels();
    return () ->
        ExpectedTensors.of(suite, goldenCase, inputs::tensors)
            .differences(result, name -> ExpectedTensors.operands(models.stream(), name));
  }

  /// Steps whose inputs are inputs of the case or results of earlier steps; the last result counts.
  private static String addSteps(GoldenCase goldenCase, CaseWorkflow workflow) {
    SequencedMap<String, String> links = new LinkedHashMap<>();
    goldenCase.inputs().names().forEach(input -> links.put(input, workflow.load(input)));
    String last = "";
    for (Fields step : goldenCase.fields().objects("steps")) {
      SequencedMap<String, String> arguments = new LinkedHashMap<>();
      Fields wires = step.object("inputs");
      wires.names().forEach(input -> arguments.put(input, links.get(wires.text(input))));
      arguments.putAll(CaseWorkflow.literals(step.objectOrEmpty("params")));
      last = workflow.add(step.text("call"), arguments);
      links.put(step.text("out"), CaseWorkflow.link(last, 0));
    }
    return last;
  }
}
