package dev.mokume.lowrank;

import dev.mokume.architecture.Architecture;
import java.util.Optional;

/// What a LoRA's trainers and readers call the model that it is for.
///
/// @param kohya `ss_base_model_version` of kohya's scripts
/// @param specification `modelspec.architecture` of Stability AI's model specification
/// @param hasSeveralEncoders whether kohya's names count text encoders: `lora_te1_`
record ModelWords(
    Optional<String> kohya, Optional<String> specification, boolean hasSeveralEncoders) {
  private static ModelWords of(String kohya, String specification, boolean hasSeveralEncoders) {
    return new ModelWords(Optional.of(kohya), Optional.of(specification), hasSeveralEncoders);
  }

  static ModelWords of(Architecture architecture) {
    return switch (architecture) {
      case SD15 -> of("sd_v1", "stable-diffusion-v1", false);
      case SD21 -> of("sd_v2", "stable-diffusion-v2-512", false);
      case SDXL -> of("sdxl_base_v1-0", "stable-diffusion-xl-v1-base", true);
      case SDXL_REFINER ->
          new ModelWords(Optional.empty(), Optional.of("stable-diffusion-xl-v1-refiner"), false);
      case SD3 -> new ModelWords(Optional.of("sd3"), Optional.empty(), true);
      case FLUX_DEV -> of("flux1", "flux-1-dev", true);
      case FLUX_SCHNELL -> of("flux1", "flux-1-schnell", true);
      case AURAFLOW,
          QWEN_IMAGE,
          MOCHI,
          LTXV,
          COSMOS,
          COSMOS_PREDICT2,
          WAN,
          LLAMA,
          MISTRAL,
          QWEN2,
          QWEN3,
          GPT2,
          VAE,
          TEXT_ENCODER,
          LORA,
          UNKNOWN ->
          new ModelWords(Optional.empty(), Optional.empty(), false);
    };
  }
}
