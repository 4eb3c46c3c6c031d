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
  enum Form {
    /// One file with the names of a checkpoint.
    CHECKPOINT,
    /// A file for each text encoder, with its own names.
    ENCODERS,
    /// One file of one part, with its own names.
    PART
  }
}
