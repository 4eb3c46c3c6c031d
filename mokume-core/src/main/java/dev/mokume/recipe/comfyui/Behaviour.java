package dev.mokume.recipe.comfyui;

/// What Mokume makes of a type of node.
sealed interface Behaviour {
  /// It has a meaning as weights, masks, ratios or plain values.
  non-sealed interface Evaluates extends Behaviour {
    Outcome evaluate(Arguments in);
  }

  /// It writes files.
  non-sealed interface Saves extends Behaviour {
    Saving save(Arguments in);
  }
}
