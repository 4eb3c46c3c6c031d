package dev.mokume.recipe.comfyui;

/// The type of an input or output, by ComfyUI's name for it.
public enum ValueType {
  MODEL,
  CLIP,
  VAE,
  MODEL_MASK,
  LAYER_GRADIENT,
  IMAGE,
  INT,
  FLOAT,
  STRING,
  BOOLEAN,
  /// One text of a list.
  COMBO;

  /// Whether an input of the type has a widget, so that it can be given as a literal.
  boolean isWidget() {
    return switch (this) {
      case INT, FLOAT, STRING, BOOLEAN, COMBO -> true;
      case MODEL, CLIP, VAE, MODEL_MASK, LAYER_GRADIENT, IMAGE -> false;
    };
  }
}
