package dev.mokume.method;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/// The tensors of a language model that have a row for each token: models whose vocabularies differ
/// have more or fewer rows of them.
final class Embeddings {
  private static final List<String> NAMES =
      List.of(
          "embed_tokens.weight",
          "lm_head.weight",
          "wte.weight",
          "embed_in.weight",
          "embed_out.weight",
          "word_embeddings.weight",
          "tok_embeddings.weight",
          "output.weight");

  private Embeddings() {}

  /// The part of an embedding that a smaller one of that shape has too: its first rows and columns.
  /// Nothing for other tensors, and where a dimension is too small.
  static Optional<StoredTensor> cut(StoredTensor tensor, TensorSpec to) {
    boolean isEmbedding =
        NAMES.stream().anyMatch(name -> to.name().equals(name) || to.name().endsWith("." + name));
    DType dtype = tensor.spec().dtype();
    if (!isEmbedding
        || tensor.spec().shape().rank() != 2
        || to.shape().rank() != 2
        || dtype.bytes().isEmpty()) {
      return Optional.empty();
    }
    long columns = tensor.spec().shape().dimension(1);
    boolean holds =
        tensor.spec().shape().dimension(0) >= to.shape().dimension(0)
            && columns >= to.shape().dimension(1);
    return holds
        ? Optional.of(
            StoredTensor.strided(
                new TensorSpec(to.name(), dtype, to.shape()),
                tensor.source(),
                tensor.offset(),
                columns,
                1))
        : Optional.empty();
  }
}
