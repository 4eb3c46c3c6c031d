package dev.mokume.lowrank;

import dev.mokume.architecture.Architecture;
import dev.mokume.architecture.Component;
import java.util.Optional;

/// What the tensors of a LoRA are called.
public enum FactorNames {
  /// `lora_unet_input_blocks_4_1_proj_in.lora_down.weight`, with an `alpha` beside it: what the web
  /// UIs and ComfyUI read.
  KOHYA(".lora_up.weight", ".lora_down.weight"),
  /// `base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight`, or `unet....` and
  /// `text_encoder....` for models that are stored under the diffusers library's names: what the
  /// peft and diffusers libraries read.
  PEFT(".lora_B.weight", ".lora_A.weight"),
  /// `diffusion_model.input_blocks.4.1.proj_in.lora_down.weight`, `text_encoders.clip_l....`: what
  /// ComfyUI's node LoraSave writes.
  COMFYUI(".lora_up.weight", ".lora_down.weight");

  private final String up;
  private final String down;

  FactorNames(String up, String down) {
    this.up = up;
    this.down = down;
  }

  /// What follows a module's name for the factor with the layer's outputs.
  String up() {
    return up;
  }

  /// What follows a module's name for the factor with the layer's inputs.
  String down() {
    return down;
  }

  /// Whether each layer has a tensor `alpha`. Without one, readers take the rank for it.
  boolean hasAlpha() {
    return this == KOHYA;
  }

  /// Whether there are names for differences of biases and norms.
  boolean hasDifferences() {
    return switch (this) {
      case KOHYA, COMFYUI -> true;
      case PEFT -> false;
    };
  }

  /// Whether every weight of two dimensions has a name, embeddings included.
  boolean hasEveryMatrix() {
    return this == COMFYUI;
  }

  /// The name of a module, given its name in the model; nothing if such names have no word for the
  /// component.
  ///
  /// @param module as the model's own library calls it: without `.weight`
  Optional<String> module(Architecture architecture, Component component, String module) {
    return switch (this) {
      case KOHYA -> kohya(architecture, component).map(prefix -> prefix + module.replace('.', '_'));
      case PEFT -> peft(architecture, component).map(prefix -> prefix + module);
      case COMFYUI -> comfyUi(component).map(prefix -> prefix + module);
    };
  }

  private static Optional<String> kohya(Architecture architecture, Component component) {
    boolean hasSeveral = ModelWords.of(architecture).hasSeveralEncoders();
    return switch (component) {
      case UNET -> Optional.of("lora_unet_");
      case CLIP_L -> Optional.of(hasSeveral ? "lora_te1_" : "lora_te_");
      case CLIP_G -> Optional.of(hasSeveral ? "lora_te2_" : "lora_te_");
      case CLIP_H -> Optional.of("lora_te_");
      case T5XXL -> Optional.of("lora_te3_");
      case VAE, EMA, LM, LORA, OTHER -> Optional.empty();
    };
  }

  private static Optional<String> peft(Architecture architecture, Component component) {
    boolean isFlux =
        architecture == Architecture.FLUX_DEV || architecture == Architecture.FLUX_SCHNELL;
    return switch (component) {
      case UNET ->
          Optional.of(
              architecture.family() == Architecture.Family.IMAGE_TRANSFORMER
                  ? "transformer."
                  : "unet.");
      case CLIP_L, CLIP_H -> Optional.of("text_encoder.");
      case CLIP_G ->
          Optional.of(
              architecture == Architecture.SDXL_REFINER ? "text_encoder." : "text_encoder_2.");
      case T5XXL -> Optional.of(isFlux ? "text_encoder_2." : "text_encoder_3.");
      case LM, OTHER -> Optional.of("base_model.model.");
      case VAE, EMA, LORA -> Optional.empty();
    };
  }

  private static Optional<String> comfyUi(Component component) {
    return switch (component) {
      case UNET -> Optional.of("diffusion_model.");
      case CLIP_L, CLIP_G, CLIP_H, T5XXL ->
          Optional.of("text_encoders." + component.id() + ".transformer.");
      case VAE, EMA, LM, LORA, OTHER -> Optional.empty();
    };
  }
}
