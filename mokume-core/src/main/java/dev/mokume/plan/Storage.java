package dev.mokume.plan;

import dev.mokume.internal.quantised.ScaleNames;
import dev.mokume.internal.quantised.ScaledTensor;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.Optional;
import java.util.Set;

/// How a tensor of the output is to be stored.
sealed interface Storage {
  /// What blocks and rows with a scale of their own are stored as, once they are computed anew:
  /// that they can be scaled again is not known.
  DType UNSCALED = DType.BF16;

  /// Whether a scaled weight is stored so already, and may be copied.
  boolean isThatOf(ScaledTensor tensor);

  /// How a value is stored that is not a copy: never [AsStored].
  Storage computed();

  /// Each element by itself.
  record Plain(DType dtype) implements Storage {
    @Override
    public boolean isThatOf(ScaledTensor tensor) {
      return false;
    }

    @Override
    public Storage computed() {
      return this;
    }
  }

  /// Divided by one number, so that the greatest magnitude becomes the dtype's greatest number;
  /// that number lies beside it.
  ///
  /// @param shape of the scale, which is one number whatever its rank
  /// @param like the first model's, whose other tensors of the layer are kept
  record Scaled(DType dtype, ScaleNames names, Shape shape, Optional<ScaledTensor> like)
      implements Storage {
    @Override
    public boolean isThatOf(ScaledTensor tensor) {
      return tensor.hasOneScale()
          && tensor.weight().spec().dtype().equals(dtype)
          && tensor.names() == names;
    }

    @Override
    public Storage computed() {
      return this;
    }
  }

  /// As the first model stores it, and what is copied as it is.
  record AsStored(ScaledTensor like) implements Storage {
    @Override
    public boolean isThatOf(ScaledTensor tensor) {
      return tensor.hasOneScale() == like.hasOneScale()
          && tensor.weight().spec().dtype().equals(like.weight().spec().dtype())
          && tensor.names() == like.names();
    }

    @Override
    public Storage computed() {
      return like.hasOneScale()
          ? new Scaled(
              like.weight().spec().dtype(),
              like.names(),
              like.scale().spec().shape(),
              Optional.of(like))
          : new Plain(UNSCALED);
    }
  }

  /// Tables that are looked up by index, and not multiplied with: no loader takes them scaled.
  Set<String> TABLES =
      Set.of(
          "embed_tokens",
          "embedding",
          "embeddings",
          "token_embedding",
          "position_embedding",
          "relative_attention_bias",
          "shared",
          "wte",
          "wpe");

  /// Whether a weight may have a scale: a matrix that vectors are multiplied with.
  static boolean isScalable(TensorSpec spec) {
    String name = spec.name();
    if (!name.endsWith(".weight") || spec.shape().rank() != 2 || spec.elementCount() == 0) {
      return false;
    }
    String layer = ScaledTensor.layer(name);
    return !TABLES.contains(layer.substring(layer.lastIndexOf('.') + 1));
  }
}
