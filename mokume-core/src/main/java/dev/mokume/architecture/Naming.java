package dev.mokume.architecture;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
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
  AURAFLOW(Component.UNET),
  QWEN_IMAGE(Component.UNET),
  MOCHI(Component.UNET),
  LTXV(Component.UNET),
  COSMOS(Component.UNET),
  COSMOS_PREDICT2(Component.UNET),
  WAN(Component.UNET),
  DIFFUSERS_MMDIT(Component.UNET),
  /// The autoencoders of WAN, Qwen-Image and LTX-Video.
  VIDEO_VAE(Component.VAE),
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

  /// Namings of models' own code, and what the diffusers or transformers library calls the same.
  private static final Map<Naming, Naming> LIBRARIES =
      Map.of(
          LDM_UNET, DIFFUSERS_UNET,
          FLUX, DIFFUSERS_FLUX,
          MMDIT, DIFFUSERS_MMDIT,
          LDM_VAE, DIFFUSERS_VAE,
          OPEN_CLIP, HF_CLIP);

  private static final List<Naming> ALL = List.of(values());

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

  /// The naming of the model's own code, if this one is a library's; else this.
  Naming original() {
    for (Map.Entry<Naming, Naming> pair : LIBRARIES.entrySet()) {
      if (pair.getValue() == this) {
        return pair.getKey();
      }
    }
    return this;
  }

  /// The naming of the library, diffusers or transformers, if this one has a counterpart there;
  /// else this.
  Naming library() {
    return LIBRARIES.getOrDefault(this, this);
  }

  /// The names of this way and of its counterpart, for a model of that build.
  NameMap map(Anatomy anatomy) {
    return switch (library()) {
      case DIFFUSERS_UNET -> DiffusersUnet.map(anatomy.attendsFirstUp());
      case DIFFUSERS_FLUX -> TransformerNames.FLUX;
      case DIFFUSERS_MMDIT -> TransformerNames.mmdit(anatomy.lastJointBlock());
      case DIFFUSERS_VAE -> VaeNames.MAP;
      case HF_CLIP -> ClipNames.MAP;
      case LDM_UNET,
          FLUX,
          MMDIT,
          LDM_VAE,
          OPEN_CLIP,
          AURAFLOW,
          QWEN_IMAGE,
          MOCHI,
          LTXV,
          COSMOS,
          COSMOS_PREDICT2,
          WAN,
          VIDEO_VAE,
          T5,
          LLAMA,
          GPT2,
          FLATTENED_UNET,
          LORA,
          INFERRED ->
          NameMap.NONE;
    };
  }

  /// Every naming that `localName` is a sign of, for a component or, where that is not known, at
  /// all.
  static Set<Naming> signs(String localName) {
    Set<Naming> found = EnumSet.noneOf(Naming.class);
    for (Naming naming : ALL) {
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
      // AuraFlow's are called so too in the diffusers library, but have no such layer.
      case DIFFUSERS_FLUX ->
          n.startsWith("single_transformer_blocks.")
              && (n.contains(".proj_mlp.") || n.contains(".norm.linear."));
      case MMDIT -> n.startsWith("joint_blocks.");
      case DIFFUSERS_MMDIT ->
          n.startsWith("transformer_blocks.") && n.contains(".attn.add_k_proj.");
      case AURAFLOW, QWEN_IMAGE, MOCHI, LTXV, COSMOS, COSMOS_PREDICT2, WAN ->
          TransformerStages.of(this).isSign(n);
      case VIDEO_VAE -> VaeNames.isOfVideo(n);
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
      case AURAFLOW, QWEN_IMAGE, MOCHI, LTXV, COSMOS, COSMOS_PREDICT2, WAN ->
          TransformerStages.of(this).block(localName);
      case LDM_VAE, DIFFUSERS_VAE -> VaeNames.block(localName);
      case VIDEO_VAE -> InferredBlocks.block(localName);
      case HF_CLIP, OPEN_CLIP, T5 -> TextEncoderNames.block(localName);
      case LLAMA, GPT2 -> LanguageModelNames.block(localName);
      case FLATTENED_UNET -> FlattenedUnet.block(localName);
      case LORA -> LoraNames.block(localName);
      case INFERRED -> InferredBlocks.block(localName);
    };
  }

  /// The name that is usual today for what is stored as `localName`.
  String present(String localName) {
    return switch (this) {
      case HF_CLIP -> ClipNames.present(localName);
      case DIFFUSERS_VAE -> VaeNames.present(localName);
      case LDM_UNET,
          DIFFUSERS_UNET,
          FLUX,
          DIFFUSERS_FLUX,
          MMDIT,
          DIFFUSERS_MMDIT,
          AURAFLOW,
          QWEN_IMAGE,
          MOCHI,
          LTXV,
          COSMOS,
          COSMOS_PREDICT2,
          WAN,
          VIDEO_VAE,
          LDM_VAE,
          OPEN_CLIP,
          T5,
          LLAMA,
          GPT2,
          FLATTENED_UNET,
          LORA,
          INFERRED ->
          localName;
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
