package dev.mokume.golden;

import dev.mokume.architecture.Component;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// `calculate_weight(weight, patches)`: ComfyUI's patch rule on a single tensor.
///
/// Patches of a whole tensor are one sum. No recipe speaks of a part of a tensor, so a patch with
/// an offset or a padding is a sum over the part, which the harness cuts out and puts back.
final class PatchCases extends OneByOne {
  private static final String NAME = "diffusion_model.middle_block.0.weight";

  private final Workspace workspace;

  PatchCases(Workspace workspace) {
    this.workspace = workspace;
  }

  @Override
  Comparison run(GoldenSuite suite, GoldenCase goldenCase) {
    GoldenTensor got = evaluate(suite, goldenCase);
    return () -> {
      GoldenTensor expected = ExpectedTensors.stored(suite, goldenCase.expected()).get("out");
      return goldenCase.tolerance().difference(expected, got, List.of()).stream().toList();
    };
  }

  private GoldenTensor evaluate(GoldenSuite suite, GoldenCase goldenCase) {
    Map<String, GoldenTensor> file = suite.tensors(goldenCase.inputs().text("file")).tensors();
    GoldenTensor weight = file.get(goldenCase.inputs().text("weight"));
    List<Fields> patches = goldenCase.inputs().objects("patches");
    if (patches.stream().noneMatch(patch -> patch.has("offset") || patch.has("pad_weight"))) {
      return merge(suite, goldenCase, weight, file, patches, weight.dtype());
    }
    GoldenTensor current = merge(suite, goldenCase, weight, file, List.of(), DType.F32);
    for (Fields patch : patches) {
      current = patched(suite, goldenCase, current, file, patch);
    }
    return merge(suite, goldenCase, current, file, List.of(), weight.dtype());
  }

  private GoldenTensor patched(
      GoldenSuite suite,
      GoldenCase goldenCase,
      GoldenTensor weight,
      Map<String, GoldenTensor> file,
      Fields patch) {
    GoldenTensor padded =
        patch.flag("pad_weight") ? padded(weight, file.get(patch.text("tensor")).shape()) : weight;
    if (!patch.has("offset")) {
      return merge(suite, goldenCase, padded, file, List.of(patch), DType.F32);
    }
    Fields offset = patch.object("offset");
    TensorSlice slice =
        new TensorSlice(
            (int) offset.integer("dim"),
            (int) offset.integer("start"),
            (int) offset.integer("len"));
    GoldenTensor part = merge(suite, goldenCase, slice.of(padded), file, List.of(patch), DType.F32);
    return slice.putBack(padded, part);
  }

  private static GoldenTensor padded(GoldenTensor weight, Shape shape) {
    GoldenTensor padded = weight;
    for (int dim = 0; dim < shape.rank(); dim++) {
      int size = Math.toIntExact(padded.shape().dimension(dim));
      if (shape.dimension(dim) > size) {
        padded = new TensorSlice(dim, 0, size).embedded(padded, shape.dimension(dim));
      }
    }
    return padded;
  }

  private GoldenTensor merge(
      GoldenSuite suite,
      GoldenCase goldenCase,
      GoldenTensor weight,
      Map<String, GoldenTensor> file,
      List<Fields> patches,
      DType dtype) {
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("weight", write(weight));
    Weights value = new Weights.Source("weight");
    for (Fields patch : patches) {
      String tensor = patch.text("tensor");
      models.put(tensor, write(file.get(tensor)));
      value = applied(value, new Weights.Source(tensor), patch);
    }
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(Component.UNET, value);
    Result result = Result.Checkpoint.of(components).withDtypes(Map.of(Component.UNET, dtype));
    return workspace
        .merge(CaseInputs.recipe(suite, goldenCase, models, result))
        .tensors()
        .get(NAME);
  }

  private static Weights applied(Weights value, Weights other, Fields patch) {
    double strength = patch.number("strength_patch");
    Weights.Term own = new Weights.Term(value, patch.number("strength_model"));
    return switch (patch.text("type")) {
      case "set" -> other;
      case "diff" -> {
        if (strength == 0) {
          yield new Weights.Sum(List.of(own)); // the patch is not even looked at
        }
        double sign = patch.optionalText("function").map(PatchCases::sign).orElse(1.0);
        yield new Weights.Sum(List.of(own, new Weights.Term(other, sign * strength)));
      }
      default -> throw new IllegalArgumentException("unknown patch type " + patch.text("type"));
    };
  }

  private static double sign(String function) {
    if (function.equals("negate")) {
      return -1;
    }
    throw new IllegalArgumentException("unknown patch function " + function);
  }

  private Path write(GoldenTensor tensor) {
    SequencedMap<String, GoldenTensor> tensors = new LinkedHashMap<>();
    tensors.put(NAME, tensor);
    return workspace.write(tensors);
  }
}
