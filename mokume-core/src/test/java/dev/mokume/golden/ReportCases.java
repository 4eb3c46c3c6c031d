package dev.mokume.golden;

import dev.mokume.MergeOptions;
import dev.mokume.Mokume;
import dev.mokume.analysis.Matrix;
import dev.mokume.analysis.ReportOrder;
import dev.mokume.analysis.Scaling;
import dev.mokume.recipe.Result;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorValues;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Nodes that tell or draw something about a mask, a gradient, a LoRA or a model.
final class ReportCases extends OneByOne {
  private static final MergeOptions OPTIONS = MergeOptions.defaults().withMemory(64 << 20);

  private final Workspace workspace;
  private final ModelsFolder folder;

  ReportCases(Workspace workspace) {
    this.workspace = workspace;
    this.folder = ModelsFolder.in(workspace.folder());
  }

  @Override
  Comparison run(GoldenSuite suite, GoldenCase goldenCase) {
    return switch (goldenCase.call()) {
      case "DM_MaskReporting", "DM_GradientReporting" -> {
        CaseInputs inputs = new CaseInputs(suite, goldenCase, workspace);
        CaseWorkflow workflow = new CaseWorkflow(suite, goldenCase, inputs, folder);
        yield text(goldenCase, CaseWorkflow.text(workflow.product(workflow.addCall(), 0)));
      }
      case "DM_LoRAReporting" -> text(goldenCase, lora(suite, goldenCase));
      case "DM_ModelReporting" -> model(suite, goldenCase);
      case "ddare.reporting.get_figsize" -> figureSizes(goldenCase);
      case "ddare.util.sort_key_for_zero_padding" -> sortKeys(goldenCase);
      default ->
          throw new IllegalArgumentException(
              "the harness does not know the report " + goldenCase.call());
    };
  }

  private String lora(GoldenSuite suite, GoldenCase goldenCase) {
    String name = goldenCase.inputs().text("file");
    byte[] content = suite.folder().read(suite.name() + "/" + name);
    Path file = folder.lora(name, content);
    CaseInputs inputs = new CaseInputs(suite, goldenCase, workspace);
    CaseWorkflow workflow = new CaseWorkflow(suite, goldenCase, inputs, folder);
    SequencedMap<String, String> arguments = CaseWorkflow.literals(goldenCase.params());
    arguments.put("lora_name", CaseWorkflow.quoted(name));
    String node = workflow.add(goldenCase.call(), arguments);
    return CaseWorkflow.text(workflow.product(node, 0))
        .replace(file.getParent().toString(), "PATH");
  }

  private Comparison model(GoldenSuite suite, GoldenCase goldenCase) {
    CaseInputs inputs = new CaseInputs(suite, goldenCase, workspace);
    TensorValues tensor =
        Mokume.tensor(
            inputs.recipe(Result.Checkpoint.of(new LinkedHashMap<>()), "model"),
            goldenCase.params().text("layer"),
            OPTIONS);
    Matrix matrix =
        Matrix.of(
            tensor,
            Scaling.parse(goldenCase.params().text("scaling")),
            Integer.MAX_VALUE,
            Integer.MAX_VALUE);
    GoldenTensor got =
        GoldenTensor.ofFloats(Shape.of(matrix.rows(), matrix.columns()), matrix.values());
    return () ->
        ExpectedTensors.of(suite, goldenCase, inputs::tensors)
            .differences(Map.of("plot", got), _ -> List.of());
  }

  private static Comparison figureSizes(GoldenCase goldenCase) {
    return () -> {
      Fields expected = goldenCase.fields().object("expected_value");
      return expected.names().stream()
          .filter(count -> {
            long elements = Long.parseLong(count);
            long width = Matrix.foldedWidth(elements);
            return !expected.list(count).equals(List.of(width, elements / width));
          })
          .map(count -> count + ": got " + Matrix.foldedWidth(Long.parseLong(count)))
          .toList();
    };
  }

  private static Comparison sortKeys(GoldenCase goldenCase) {
    return () -> {
      Fields expected = goldenCase.fields().object("expected_value");
      return expected.names().stream()
          .filter(name -> !expected.text(name).equals(ReportOrder.key(name)))
          .map(name -> name + ": got " + ReportOrder.key(name))
          .toList();
    };
  }

  private static Comparison text(GoldenCase goldenCase, String got) {
    String expected = goldenCase.fields().text("expected_value");
    return () -> got.equals(expected) ? List.of() : List.of("expected " + expected, "got " + got);
  }
}
