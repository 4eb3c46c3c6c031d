package dev.mokume.architecture;

import java.util.EnumSet;
import java.util.Set;

/// A way to name the tensors of a component: how it is recognised, and which block a name belongs
/// to.
///
/// In the order of declaration an earlier one wins where signatures of two are found.
enum Naming {
  /// The original latent-diffusion U-Net of SD 1.x, 2.x and SDXL.
  LDM_UNET(Component.UNET),
  DIFFUSERS_UNET(Component.UNET),
  FLUX(Component.UNET),
  DIFFUSERS_FLUX(Component.UNET),
  /// SD 3's transformer.
  MMDIT(Component.UNET),
  DIFFUSERS_MMDIT(Component.UNET),
  LDM_VAE(Component.VAE),
  DIFFUSERS_VAE(Component.VAE),
  /// CLIP's text tower as the transformers library names it, with or without `text_model.`.
  HF_CLIP(Component.CLIP_L),
  /// CLIP's text tower as OpenCLIP names it.
  OPEN_CLIP(Component.CLIP_G),
  T5(Component.T5XXL),
  /// Llama, Qwen, Mistral and their kin.
  LLAMA(Component.LM),
  GPT2(Component.LM),
  /// `model_ema.*`: the U-Net's names with every dot removed.
  FLATTENED_UNET(Component.EMA),
  LORA(Component.LORA),
  /// No known way: blocks come from the first number in a name.
  INFERRED(Component.OTHER);

  /// The component of such names where nothing else tells it.
  private final Component usual;

  Naming(Component usual) {
    this.usual = usual;
  }

  Component usual() {
    return usual;
  }

  boolean isDiffusers() {
    return this == DIFFUSERS_UNET
        || this == DIFFUSERS_FLUX
        || this == DIFFUSERS_MMDIT
        || this == DIFFUSERS_VAE;
  }

  /// Every naming that `localName` is a sign of, for a component or, where that is not known, at
  /// all.
  static Set<Naming> signs(String localName) {
    Set<Naming> found = EnumSet.noneOf(Naming.class);
    for (Naming naming : values()) {
      if (naming.isSign(localName)) {
        found.add(naming);
      }
    }
    return found;
  }

  private boolean isSign(String n) {
    return switch (this) {
      case LDM_UNET ->
          n.startsWith("input_blocks.")
              || n.startsWith("middle_block.")
              || n.startsWith("output_blocks.");
      case DIFFUSERS_UNET ->
          n.startsWith("down_blocks.") || n.startsWith("mid_block.") || n.startsWith("up_blocks.");
      case FLUX -> n.startsWith("double_blocks.") || n.startsWith("single_blocks.");
      case DIFFUSERS_FLUX -> n.startsWith("single_transformer_blocks.");
      case MMDIT -> n.startsWith("joint_blocks.");
      case DIFFUSERS_MMDIT ->
          n.startsWith("transformer_blocks.") && n.contains(".attn.add_k_proj.");
      case LDM_VAE -> n.startsWith("encoder.down.") || n.startsWith("decoder.up.");
      case DIFFUSERS_VAE ->
          n.startsWith("encoder.down_blocks.") || n.startsWith("decoder.up_blocks.");
      case HF_CLIP ->
          n.startsWith("text_model.")
              || n.startsWith("encoder.layers.") && n.contains(".self_attn.");
      case OPEN_CLIP -> n.startsWith("transformer.resblocks.") || n.startsWith("resblocks.");
      case T5 -> n.startsWith("encoder.block.") && n.contains(".layer.");
      case LLAMA -> n.contains(".self_attn.") && LanguageModelNames.layer(n) >= 0;
      case GPT2 ->
          Segments.numberAfter(n, "h.") >= 0 || Segments.numberAfter(n, "transformer.h.") >= 0;
      case FLATTENED_UNET, LORA, INFERRED -> false;
    };
  }

  /// The name of `localName`'s block.
  String block(String localName) {
    return switch (this) {
      case LDM_UNET -> ldmUnet(localName);
      case DIFFUSERS_UNET -> DiffusersUnet.block(localName);
      case FLUX, DIFFUSERS_FLUX -> TransformerNames.flux(localName);
      case MMDIT, DIFFUSERS_MMDIT -> TransformerNames.mmdit(localName);
      case LDM_VAE, DIFFUSERS_VAE -> VaeNames.block(localName);
      case HF_CLIP, OPEN_CLIP, T5 -> TextEncoderNames.block(localName);
      case LLAMA, GPT2 -> LanguageModelNames.block(localName);
      case FLATTENED_UNET -> FlattenedUnet.block(localName);
      case LORA -> LoraNames.block(localName);
      case INFERRED -> InferredBlocks.block(localName);
    };
  }

  static String ldmUnet(String n) {
    int input = Segments.numberAfter(n, "input_blocks.");
    if (input >= 0) {
      return Segments.numbered("IN", input);
    }
    int output = Segments.numberAfter(n, "output_blocks.");
    if (output >= 0) {
      return Segments.numbered("OUT", output);
    }
    if (n.startsWith("middle_block.")) {
      return "M00";
    }
    if (n.startsWith("time_embed.")) {
      return "TIME";
    }
    if (n.startsWith("label_emb.")) {
      return "LABEL";
    }
    return n.startsWith("out.") ? "OUT" : "OTHER";
  }
}
