package dev.mokume;

import dev.mokume.analysis.Matrix;
import dev.mokume.analysis.Scaling;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Quoted;
import dev.mokume.method.DiffusionName;
import dev.mokume.plan.PlannedTensor;
import dev.mokume.recipe.comfyui.Product;
import dev.mokume.tensor.TensorSpec;
import dev.mokume.tensor.TensorValues;
import java.util.List;

/// Computes the tensor that a workflow draws. A node names it as ComfyUI holds it, whatever the
/// file calls it.
record ProductMatrix(Product.Content.Picture picture, MergeOptions options) {
  Matrix of(int mostRows, int mostColumns) {
    Scaling scaling = Scaling.parse(picture.scaling());
    TensorValues stored = Mokume.tensor(picture.recipe(), stored(), options);
    TensorSpec spec = stored.spec();
    if (spec.elementCount() == 0) {
      throw invalid("has no elements to draw.");
    }
    TensorValues held =
        new TensorValues(
            new TensorSpec(held(spec.name()), spec.dtype(), spec.shape()), stored.elements());
    return Matrix.of(held, scaling, mostRows, mostColumns);
  }

  /// The output's name for the layer.
  private String stored() {
    List<String> names =
        Mokume.plan(picture.recipe(), options).tensors().stream()
            .map(PlannedTensor::spec)
            .map(TensorSpec::name)
            .toList();
    return names.stream()
        .filter(name -> name.equals(picture.tensor()) || held(name).equals(picture.tensor()))
        .findFirst()
        .orElseThrow(() ->
            invalid(
                "is not in the model"
                    + Nearest.to(picture.tensor(), names.stream().map(ProductMatrix::held).toList())
                        .map(near -> "; did you mean " + Quoted.name(near) + "?")
                        .orElse(".")));
  }

  private static String held(String name) {
    return DiffusionName.inMemory(name);
  }

  private MokumeException invalid(String what) {
    return new MokumeException(
        ErrorCode.INVALID_RECIPE, "the layer " + Quoted.name(picture.tensor()) + " " + what);
  }
}
