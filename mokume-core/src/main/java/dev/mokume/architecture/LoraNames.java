package dev.mokume.architecture;

import java.util.List;

/// Names in LoRA files: kohya's `lora_unet_input_blocks_4_1_...`, the peft library's
/// `unet.down_blocks.0....lora_A.weight`, and the blocks of the model that they change.
final class LoraNames {
  private static final List<String> SUFFIXES =
      List.of(
          ".lora_up.weight",
          ".lora_down.weight",
          ".lora_mid.weight",
          ".lora_A.weight",
          ".lora_B.weight",
          ".lora_A.default.weight",
          ".lora_B.default.weight",
          ".dora_scale",
          ":up",
          ":down",
          ".diff",
          ".diff_b",
          ".on_input");
  private static final List<String> INFIXES =
      List.of(".hada_w", ".lokr_w", ".oft_", ".glora_", ".lora.up.", ".lora.down.");
  private static final List<String> TEXT =
      List.of("lora_te1_", "lora_te2_", "lora_te3_", "lora_te_", "lora_t5xxl_");

  private LoraNames() {}

  /// Whether a tensor of that name is a part of a LoRA.
  static boolean isPart(String name) {
    if (name.startsWith("lora_unet_")
        || name.startsWith("lora_te")
        || name.startsWith("lora_transformer_")) {
      return true;
    }
    for (String suffix : SUFFIXES) {
      if (name.endsWith(suffix)) {
        return true;
      }
    }
    for (String infix : INFIXES) {
      if (name.contains(infix)) {
        return true;
      }
    }
    return false;
  }

  /// The block of the changed model: `IN04` of a U-Net, `te1:L03` of a text encoder, or by the
  /// first number in the name.
  static String block(String name) {
    if (name.startsWith("lora_unet_")) {
      return diffusionModel(dotted(name.substring("lora_unet_".length())));
    }
    for (String prefix : TEXT) {
      if (name.startsWith(prefix)) {
        String encoder = prefix.substring("lora_".length(), prefix.length() - 1);
        return encoder + ":" + TextEncoderNames.block(dotted(name.substring(prefix.length())));
      }
    }
    for (String prefix :
        List.of("unet.", "diffusion_model.", "model.diffusion_model.", "transformer.")) {
      if (name.startsWith(prefix)) {
        return diffusionModel(name.substring(prefix.length()));
      }
    }
    if (name.startsWith("text_encoder.") || name.startsWith("text_encoder_2.")) {
      int dot = name.indexOf('.');
      return name.substring(0, dot) + ":" + TextEncoderNames.block(name.substring(dot + 1));
    }
    int layer = LanguageModelNames.layer(name);
    return layer >= 0
        ? Segments.numbered("L", layer)
        : InferredBlocks.block(name.replace(':', '.'));
  }

  private static String diffusionModel(String n) {
    for (Naming naming : Naming.signs(n)) {
      if (naming.usual() == Component.UNET) {
        return naming.block(n);
      }
    }
    // One naming's first and last layers are signs of no naming; each knows its own.
    for (Naming naming :
        List.of(Naming.LDM_UNET, Naming.DIFFUSERS_UNET, Naming.FLUX, Naming.MMDIT)) {
      String block = naming.block(n);
      if (!block.equals("OTHER")) {
        return block;
      }
    }
    return n.startsWith("transformer_blocks.") ? Naming.DIFFUSERS_FLUX.block(n) : "OTHER";
  }

  /// kohya's flat name with dots around its first numbers: `input_blocks_4_1_proj` becomes
  /// `input_blocks.4.1.proj`. Only the parts that name a block are made right; the rest keeps its
  /// underscores.
  private static String dotted(String flat) {
    StringBuilder text = new StringBuilder(flat.length());
    int from = 0;
    for (int i = 0; i < flat.length(); i++) {
      boolean separator =
          flat.charAt(i) == '_'
              && (i + 1 < flat.length() && Character.isDigit(flat.charAt(i + 1))
                  || i > 0 && Character.isDigit(flat.charAt(i - 1)));
      if (separator) {
        text.append(flat, from, i).append('.');
        from = i + 1;
      }
    }
    String dotted = text.append(flat, from, flat.length()).toString();
    return dotted
        .replace("text_model_encoder_layers", "text_model.encoder.layers")
        .replace("encoder_block.", "encoder.block.")
        .replace("mid_block_", "mid_block.")
        .replace("time_embedding_", "time_embedding.")
        .replace("add_embedding_", "add_embedding.")
        .replaceFirst("^time_embed_", "time_embed.");
  }
}
