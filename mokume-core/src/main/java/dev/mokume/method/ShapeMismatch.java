package dev.mokume.method;

import dev.mokume.checkpoint.Checkpoint;
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
        + sources.models().firstEntry().getValue().name()
        + " has "
        + wanted.shape()
        + ". Merge checkpoints of one family, or keep such tensors as they are in the first model"
        + " with --on-mismatch keep or --exclude (in a recipe: mismatch, exclude).";
  }
}
