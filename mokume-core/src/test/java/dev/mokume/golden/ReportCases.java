package dev.mokume.golden;

import dev.mokume.MergeOptions;
import dev.mokume.Mokume;
import dev.mokume.analysis.MaskReport;
import dev.mokume.analysis.Matrix;
import dev.mokume.analysis.RatioReport;
import dev.mokume.analysis.ReportOrder;
import dev.mokume.analysis.Scaling;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.inspection.LoraReport;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Result;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorValues;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;

/// Nodes that tell or draw something about a mask, a gradient, a LoRA or a model.
final class ReportCases extends OneByOne {
  private static final MergeOptions OPTIONS = MergeOptions.defaults().withMemory(64 << 20);

  private final Workspace workspace;

  ReportCases(Workspace workspace) {
    this.workspace = workspace;
  }

  @Override
  Comparison run(GoldenSuite suite, GoldenCase goldenCase) {
    return switch (goldenCase.call()) {
      case "DM_MaskReporting" -> text(goldenCase, mask(suite, goldenCase));
      case "DM_GradientReporting" ->
          text(
              goldenCase,
              RatioReport.of(
                  suite.gradient(goldenCase.inputs().object("gradient").text("gradient"))));
      case "DM_LoRAReporting" -> text(goldenCase, lora(suite, goldenCase));
      case "DM_ModelReporting" -> model(suite, goldenCase);
      case "ddare.reporting.get_figsize" -> figureSizes(goldenCase);
      case "ddare.util.sort_key_for_zero_padding" -> sortKeys(goldenCase);
      default ->
          throw new IllegalArgumentException(
              "the harness does not know the report " + goldenCase.call());
    };
  }

  /// The mask is counted as part of a recipe, and as a file; both must say the same.
  private String mask(GoldenSuite suite, GoldenCase goldenCase) {
    CaseInputs inputs = new CaseInputs(suite, goldenCase, workspace);
    SequencedMap<String, GoldenTensor> tensors = inputs.tensors("mask");
    MaskReport report =
        MaskReport.of(
                Mokume.countMask(
                    inputs.recipe(new Result.MaskFile(inputs.mask("mask")), "mask"), OPTIONS))
            .withFractional(floats(goldenCase, tensors));
    Mask.Stored stored = (Mask.Stored) inputs.mask("mask");
    if (!MaskReport.of(Mokume.inspectMask(stored.file(), OPTIONS))
        .tensors()
        .equals(report.tensors())) {
      throw new AssertionError("the mask's file and its expression are counted differently");
    }
    return details(goldenCase) ? report.details() : report.size();
  }

  private static Set<String> floats(
      GoldenCase goldenCase, SequencedMap<String, GoldenTensor> tensors) {
    return tensors.entrySet().stream()
        .filter(entry -> goldenCase.isCompat() && entry.getValue().dtype().equals(DType.F32))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private static boolean details(GoldenCase goldenCase) {
    return switch (goldenCase.params().text("report")) {
      case "details" -> true;
      case "size" -> false;
      default ->
          throw new IllegalArgumentException(
              "unknown report " + goldenCase.params().text("report"));
    };
  }

  private String lora(GoldenSuite suite, GoldenCase goldenCase) {
    String name = goldenCase.inputs().text("file");
    Path file = workspace.write(name, suite.folder().read(suite.name() + "/" + name));
    try (Checkpoint opened = Checkpoints.open(file)) {
      LoraReport report = LoraReport.of(opened);
      String text =
          switch (goldenCase.params().text("report")) {
            case "tags" -> report.tags((int) goldenCase.params().integer("limit"));
            case "size" -> report.size();
            case "details" -> report.details();
            default ->
                throw new IllegalArgumentException(
                    "unknown report " + goldenCase.params().text("report"));
          };
      return text.replace(file.getParent().toString(), "PATH");
    }
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
