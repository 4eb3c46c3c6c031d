package dev.mokume.recipe.comfyui;

import java.util.List;
import java.util.Optional;

/// A kind of folder in which ComfyUI looks for files.
public enum ModelFolder {
  CHECKPOINTS("checkpoints"),
  DIFFUSION_MODELS("diffusion_models", "unet"),
  TEXT_ENCODERS("text_encoders", "clip"),
  VAE("vae"),
  LORAS("loras"),
  /// Mokume's own: masks that a run saved.
  MASKS("masks"),
  /// Mokume's own: layer gradients that a run saved.
  GRADIENTS("gradients");

  private final List<String> names;

  ModelFolder(String... names) {
    this.names = List.of(names);
  }

  /// What such a folder is called; the older name last.
  List<String> names() {
    return names;
  }

  /// The kind that a folder of that name is of.
  static Optional<ModelFolder> of(String name) {
    for (ModelFolder folder : values()) {
      if (folder.names.contains(name)) {
        return Optional.of(folder);
      }
    }
    return Optional.empty();
  }
}
