package dev.mokume.recipe.comfyui;

import java.util.Optional;

/// What a save node writes.
///
/// @param prefix of the file's name below the output folder, as the workflow has it:
///   `checkpoints/ComfyUI`
/// @param form what the file or files are like
record Saving(
    String prefix,
    Optional<Value.Model> model,
    Optional<Value.Clip> clip,
    Optional<Value.Vae> vae,
    Form form) {
  sealed interface Form {
    /// One file with the names of a checkpoint.
    record Checkpoint() implements Form {}

    /// A file for each text encoder, with its own names.
    record Encoders() implements Form {}

    /// One file of one part, with its own names.
    record Part() implements Form {}

    /// A LoRA of what `model` and `clip` are, which are differences.
    ///
    /// @param isWhole whether every tensor is stored as it is, and not as factors
    /// @param hasBiases whether biases and norms are stored too
    record Lora(int rank, boolean isWhole, boolean hasBiases) implements Form {}
  }
}
