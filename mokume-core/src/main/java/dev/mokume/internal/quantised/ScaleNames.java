package dev.mokume.internal.quantised;

import java.util.Optional;

/// What the scale of `LAYER.weight` is called. Whatever the name, a weight's value is what is
/// stored times the scale.
public enum ScaleNames {
  /// `LAYER.scale_weight`: ComfyUI's first form, marked by a tensor `scaled_fp8`.
  SCALE_WEIGHT("scale_weight", "scale_input"),
  /// `LAYER.weight_scale`: ComfyUI's present form, compressed-tensors, transformers.
  WEIGHT_SCALE("weight_scale", "input_scale"),
  /// `LAYER.weight_scale_inv`: one scale for each block, as DeepSeek and Qwen store it. It is the
  /// inverse of what was multiplied with when the weight was stored.
  WEIGHT_SCALE_INV("weight_scale_inv", "input_scale");

  private final String ofWeight;
  private final String ofInput;

  /// With which a scale's name ends.
  private final String end;

  ScaleNames(String ofWeight, String ofInput) {
    this.ofWeight = ofWeight;
    this.ofInput = ofInput;
    this.end = "." + ofWeight;
  }

  /// The layer that a tensor of that name is the scale of; nothing for any other tensor.
  Optional<String> layer(String tensor) {
    return tensor.endsWith(end)
        ? Optional.of(tensor.substring(0, tensor.length() - end.length()))
        : Optional.empty();
  }

  /// The name of a layer's scale.
  public String scale(String layer) {
    return layer + end;
  }

  /// The name of the scale by which a layer's input is divided where it is computed with in 8 bits.
  public String inputScale(String layer) {
    return layer + "." + ofInput;
  }

  /// As it stands at the end of a scale's name.
  @Override
  public String toString() {
    return ofWeight;
  }
}
