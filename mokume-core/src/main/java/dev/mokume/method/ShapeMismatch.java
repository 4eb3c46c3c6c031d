package dev.mokume.method;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.tensor.TensorSpec;

/// Tells that two models have a tensor in different shapes, and what that looks like.
final class ShapeMismatch {
  private ShapeMismatch() {}

  static String message(Sources sources, Checkpoint other, TensorSpec found, TensorSpec wanted) {
    return other.name()
        + ": tensor '"
        + found.name()
        + "' has shape "
        + found.shape()
        + ", but "
        + wanting(sources, wanted)
        + " has "
        + wanted.shape()
        + ". Merge checkpoints of one family, or keep such tensors as they are in the first model"
        + " with --on-mismatch keep or --exclude (in a recipe: mismatch, exclude).";
  }

  /// The first model that has the tensor as it is wanted.
  private static String wanting(Sources sources, TensorSpec wanted) {
    for (Checkpoint model : sources.models().values()) {
      StoredTensor tensor = model.tensors().get(wanted.name());
      if (tensor != null && tensor.spec().shape().equals(wanted.shape())) {
        return model.name();
      }
    }
    return sources.models().firstEntry().getValue().name();
  }
}
