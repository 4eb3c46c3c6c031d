package dev.mokume.tokenizer;

import dev.mokume.tensor.TensorSpec;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What a tensor with a row for each token is for, told by its name.
enum EmbeddingRole {
  /// Tokens to vectors.
  INPUT(
      "embed_tokens.weight",
      "wte.weight",
      "embed_in.weight",
      "word_embeddings.weight",
      "tok_embeddings.weight",
      "shared.weight",
      "backbone.embeddings.weight",
      "backbone.embedding.weight"),
  /// Tokens to vectors for each layer: Gemma 3n.
  INPUT_BY_LAYER("embed_tokens_per_layer.weight"),
  /// Vectors to scores of tokens.
  OUTPUT(
      "lm_head.weight",
      "embed_out.weight",
      "output_layer.weight",
      "lm_head.decoder.weight",
      "cls.predictions.decoder.weight"),
  /// What is added to the scores.
  OUTPUT_BIAS(
      "lm_head.bias",
      "embed_out.bias",
      "lm_head.decoder.bias",
      "cls.predictions.bias",
      "cls.predictions.decoder.bias");

  /// The head of InternLM 2 and of the original Llama, whose name is the end of other tensors' too.
  private static final List<String> BARE_HEAD = List.of("output.weight", "model.output.weight");

  private final List<String> endings;

  EmbeddingRole(String... endings) {
    this.endings = List.of(endings);
  }

  static Optional<EmbeddingRole> of(TensorSpec tensor) {
    return of(tensor.name()).filter(role -> tensor.shape().rank() == role.rank());
  }

  private static Optional<EmbeddingRole> of(String tensor) {
    String name = tensor.toLowerCase(Locale.ROOT);
    if (name.contains("vision") || name.contains("visual") || name.contains("audio")) {
      return Optional.empty();
    }
    if (BARE_HEAD.contains(name)) {
      return Optional.of(OUTPUT);
    }
    for (EmbeddingRole role : values()) {
      for (String ending : role.endings) {
        if (name.equals(ending) || name.endsWith("." + ending)) {
          return Optional.of(role);
        }
      }
    }
    return Optional.empty();
  }

  private int rank() {
    return this == OUTPUT_BIAS ? 1 : 2;
  }
}
