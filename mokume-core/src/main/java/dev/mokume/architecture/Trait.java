package dev.mokume.architecture;

/// A fact about a checkpoint that sets it apart from others of its architecture.
public enum Trait {
  INPAINTING("inpainting (its first layer takes a mask and a masked picture)"),
  /// A first layer with 8 channels, as InstructPix2Pix has.
  EDITING("editing (its first layer takes a second picture)"),
  EMA("carries an EMA copy of the diffusion model"),
  LEGACY_CLIP_NAMES("legacy CLIP names (without text_model)"),
  V_PREDICTION_MARKER("carries the marker v_pred"),
  ZERO_TERMINAL_SNR_MARKER("carries the marker ztsnr"),
  EDM_MARKERS("carries edm_vpred markers"),
  SCHEDULE_BUFFERS("carries noise schedule buffers"),
  DIFFUSERS_NAMES("diffusers names"),
  COMFYUI_NAMES("ComfyUI's in-memory names"),
  DIFFUSION_MODEL_ONLY("diffusion model only"),
  TEXT_ENCODERS_ONLY("text encoders only"),
  VAE_ONLY("VAE only"),
  INFERRED_BLOCKS("blocks inferred from numbers in the names");

  private final String words;

  Trait(String words) {
    this.words = words;
  }

  public String words() {
    return words;
  }
}
