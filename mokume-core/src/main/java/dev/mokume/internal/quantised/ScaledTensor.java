package dev.mokume.internal.quantised;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.internal.kernel.RandomRounding;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/// A weight of 8-bit floats and what lies beside it.
///
/// @param weight as it is stored: `F8_E4M3` or `F8_E5M2`, called `LAYER.weight`
/// @param scale as it is stored
/// @param names after which the scale is called
/// @param grid which element has which scale
/// @param others what else belongs to the layer's quantisation: the scale of its input, and how
///   ComfyUI is to compute with it
/// @param setting the JSON object that the file's free text has for the layer
public record ScaledTensor(
    StoredTensor weight,
    StoredTensor scale,
    ScaleNames names,
    Grid grid,
    List<StoredTensor> others,
    Optional<String> setting) {
  static final String WEIGHT = ".weight";
  static final String COMFY_QUANT = ".comfy_quant";

  public ScaledTensor {
    others = List.copyOf(others);
  }

  /// What `values` is made of, if it is all of the values of such a weight.
  public static Optional<ScaledTensor> behind(StoredTensor values) {
    return values.source() instanceof ScaledSource source
            && values.offset() == 0
            && values.length() == source.size()
        ? Optional.of(source.tensor())
        : Optional.empty();
  }

  /// Whether a tensor is a part of the values of such a weight, as far as can be seen.
  public static boolean isPart(StoredTensor values) {
    return values.source() instanceof ScaledSource;
  }

  /// Whether one number scales all elements.
  public boolean hasOneScale() {
    return grid.count() == 1;
  }

  /// The name without `.weight`.
  public String layer() {
    return layer(weight.name());
  }

  /// The layer that a weight of that name is of.
  public static String layer(String weight) {
    return weight.substring(0, weight.length() - WEIGHT.length());
  }

  /// Whether a loader other than ComfyUI's is told of the scales in a config.json.
  public boolean isToldByConfig() {
    return names != ScaleNames.SCALE_WEIGHT && comfyQuant().isEmpty() && setting.isEmpty();
  }

  /// The tensor that tells ComfyUI how to compute with the weight.
  public Optional<StoredTensor> comfyQuant() {
    return others.stream().filter(tensor -> tensor.name().endsWith(COMFY_QUANT)).findFirst();
  }

  /// The scale of what the layer is given.
  public Optional<StoredTensor> inputScale() {
    return others.stream().filter(tensor -> !tensor.name().endsWith(COMFY_QUANT)).findFirst();
  }

  /// The name that a layer's tensor for ComfyUI has.
  public static String comfyQuant(String layer) {
    return layer + COMFY_QUANT;
  }

  /// The greatest number of an 8-bit float.
  public static float greatest(DType dtype) {
    return RandomRounding.to(dtype).greatest();
  }

  /// The values: F32, each the product of what is stored and its scale, rounded once.
  StoredTensor values() {
    TensorSpec spec = new TensorSpec(weight.name(), DType.F32, weight.spec().shape());
    ScaledSource source = new ScaledSource(this);
    return new StoredTensor(spec, source, 0, source.size());
  }
}
