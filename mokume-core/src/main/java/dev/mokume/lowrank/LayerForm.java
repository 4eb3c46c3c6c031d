package dev.mokume.lowrank;

/// What stands in a LoRA for the difference of a layer.
public enum LayerForm {
  /// Two factors, each of which holds the roots of the singular values.
  FACTORS,
  /// Two factors as ComfyUI's node LoraSave makes them. All of the singular values are in the
  /// factor with the outputs; both are cut to the 0.99 quantile of their numbers, so that their
  /// product is farther from the difference; and a convolution has at most as many columns as it
  /// has inputs.
  ///
  /// ComfyUI takes the quantile of numbers with their signs, which singular vectors have by chance.
  /// Half of them being negative, it is about the 0.98 quantile of the magnitudes, and that is
  /// taken here: the numbers are near ComfyUI's and not the same.
  ///
  /// Source: `comfy_extras/nodes_lora_extract.py` of ComfyUI.
  COMFYUI_FACTORS,
  /// The difference as it is, whatever its shape.
  DIFFERENCE
}
