package dev.mokume.recipe;

/// A recipe node whose value is a task vector: fine-tuned weights minus base weights.
public sealed interface Delta {
  /// `finetuned - base`, element by element in f32. A tensor that either lacks has no delta.
  record Difference(Weights finetuned, Weights base) implements Delta {}
}
