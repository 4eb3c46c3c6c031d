package dev.mokume.inspection;

/// Something about a checkpoint that deserves a look.
///
/// @param text a sentence or two for a person
public record Finding(Kind kind, String text) {
  /// What it is about.
  public enum Kind {
    /// `position_ids` that do not count 0, 1, 2, ...: prompts are read in the wrong order.
    POSITION_IDS,
    /// Weights that mean nothing without the scales beside them.
    QUANTISED,
    /// Tensors of a dtype that Mokume can copy but not compute with.
    DTYPE,
    /// Tensors that checkpoints of this architecture have and this one has not.
    MISSING,
    /// Tensors that checkpoints of this architecture do not have.
    UNFAMILIAR,
    /// Tensors of another shape than in checkpoints of this architecture.
    SHAPE
  }
}
