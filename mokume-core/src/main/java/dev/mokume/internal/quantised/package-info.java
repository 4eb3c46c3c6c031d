/// Weights that are stored as 8-bit floats with scales beside them, and mean the product of both.
/// Start at [ScaledCheckpoint], which shows such a checkpoint as if it held the products.
///
/// Sources of the layouts: ComfyUI's loaders (`scaled_fp8` with `scale_weight`; `weight_scale` with
/// `comfy_quant` or `_quantization_metadata`), compressed-tensors and the fp8 quantisers of
/// transformers (`weight_scale`), DeepSeek-V3 (`weight_scale_inv`, 128 x 128 elements a scale).
@NullMarked
package dev.mokume.internal.quantised;

import org.jspecify.annotations.NullMarked;
