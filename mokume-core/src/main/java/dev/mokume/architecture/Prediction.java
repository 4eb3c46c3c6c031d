package dev.mokume.architecture;

/// What a diffusion model was trained to predict.
public enum Prediction {
  EPSILON("noise (epsilon)"),
  V("velocity (v-prediction)"),
  /// Rectified flow: SD 3, FLUX.
  FLOW("flow"),
  /// Nothing in the header tells; SD 2.x exists in both kinds.
  UNKNOWN("unknown");

  private final String words;

  Prediction(String words) {
    this.words = words;
  }

  /// As in a sentence: "predicts noise (epsilon)".
  public String words() {
    return words;
  }
}
