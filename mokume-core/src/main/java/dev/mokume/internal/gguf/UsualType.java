package dev.mokume.internal.gguf;

import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.Collection;

/// Which tensors of a model are stored otherwise than the model as a whole: llama.cpp's rule for
/// its plain file types, and what tools for image models add to it.
///
/// * Vectors and single numbers (norms, biases) are F32 whatever is wanted, since ggml computes
///   with no other; in a quantised file also matrices whose names do not end in `weight` and the
///   routers of experts. What has the type already keeps it.
/// * The output matrix, which is the embedding where there is no other, becomes Q6_K with any
///   quantised type but Q8_0: an error in it is an error in every word.
/// * A matrix whose rows do not fall into a type's blocks takes the next type with blocks of 32
///   (Q5_0 for Q4_K, Q8_0 for Q5_K and Q6_K), or F16.
/// * Of image models the first and last layers stay as they are: they are small, and much depends
///   on them.
///
/// Tensors of language models have the names of [LanguageNames#inHuggingFace].
///
/// Source: `llama_tensor_get_type` of llama.cpp; `city96/ComfyUI-GGUF`.
final class UsualType {
  private static final String OUTPUT = "lm_head.weight";
  private static final String EMBEDDING = "model.embed_tokens.weight";

  private UsualType() {}

  /// @param wanted one that GGUF has
  /// @param names of all tensors of the file
  static DType of(TensorSpec tensor, DType wanted, Collection<String> names) {
    boolean isVector = tensor.shape().rank() < 2;
    if (isVector && (wanted.equals(DType.F16) || wanted.equals(DType.BF16))) {
      return DType.F32;
    }
    return !wanted.isBlockwise() || wanted.equals(tensor.dtype())
        ? wanted
        : quantised(tensor, wanted, names);
  }

  private static DType quantised(TensorSpec tensor, DType wanted, Collection<String> names) {
    if (isPrecise(tensor)) {
      return DType.F32;
    }
    if (isEdge(tensor.name())) {
      return tensor.dtype().isBlockwise() ? DType.F16 : tensor.dtype();
    }
    boolean isOutput =
        tensor.name().equals(OUTPUT) || tensor.name().equals(EMBEDDING) && !names.contains(OUTPUT);
    DType type = isOutput && !wanted.equals(DType.Q8_0) ? DType.Q6_K : wanted;
    return fitting(type, tensor.shape());
  }

  private static boolean isPrecise(TensorSpec tensor) {
    String name = tensor.name();
    return tensor.shape().rank() < 2
        || !name.endsWith("weight")
        || name.endsWith("norm.weight")
        || name.endsWith("ffn_gate_inp.weight");
  }

  /// The layers of an image model that take pictures, texts and times in, and the one that gives
  /// the picture out.
  private static boolean isEdge(String name) {
    return name.startsWith("img_in.")
        || name.startsWith("txt_in.")
        || name.startsWith("time_in.")
        || name.startsWith("vector_in.")
        || name.startsWith("guidance_in.")
        || name.startsWith("final_layer.")
        || name.startsWith("time_embed.")
        || name.startsWith("label_emb.")
        || name.startsWith("input_blocks.0.0.")
        || name.startsWith("out.2.");
  }

  private static DType fitting(DType type, Shape shape) {
    if (type.fits(shape)) {
      return type;
    }
    DType smaller = type.equals(DType.Q4_K) ? DType.Q5_0 : DType.Q8_0;
    return smaller.fits(shape) ? smaller : DType.F16;
  }
}
