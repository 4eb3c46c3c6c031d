package dev.mokume.plan;

import dev.mokume.architecture.Architecture;
import java.util.Map;
import java.util.Optional;

/// What a GGUF file says its model is, for the models of which it has to say nothing more: image
/// models, as tools for ComfyUI write them.
final class GgufArchitecture {
  static final String FORMAT = "gguf";
  static final String KEY = "general.architecture";

  private static final Map<Architecture, String> NAMES =
      Map.of(
          Architecture.SD15, "sd1",
          Architecture.SDXL, "sdxl",
          Architecture.SD3, "sd3",
          Architecture.FLUX_DEV, "flux",
          Architecture.FLUX_SCHNELL, "flux");

  private GgufArchitecture() {}

  static Optional<String> of(Architecture architecture) {
    return Optional.ofNullable(NAMES.get(architecture));
  }
}
