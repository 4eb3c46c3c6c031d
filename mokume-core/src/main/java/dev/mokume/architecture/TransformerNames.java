package dev.mokume.architecture;

/// Blocks of the diffusion transformers: FLUX by its own and diffusers' names, SD 3 likewise.
final class TransformerNames {
  private TransformerNames() {}

  static String flux(String n) {
    int twin =
        Math.max(
            Segments.numberAfter(n, "double_blocks."),
            Segments.numberAfter(n, "transformer_blocks."));
    if (twin >= 0) {
      return Segments.numbered("DB", twin);
    }
    int single =
        Math.max(
            Segments.numberAfter(n, "single_blocks."),
            Segments.numberAfter(n, "single_transformer_blocks."));
    if (single >= 0) {
      return Segments.numbered("SB", single);
    }
    if (n.startsWith("img_in.") || n.startsWith("x_embedder.")) {
      return "IMG_IN";
    }
    if (n.startsWith("txt_in.") || n.startsWith("context_embedder.")) {
      return "TXT_IN";
    }
    if (n.startsWith("time_in.") || n.startsWith("time_text_embed.timestep_embedder.")) {
      return "TIME_IN";
    }
    if (n.startsWith("vector_in.") || n.startsWith("time_text_embed.text_embedder.")) {
      return "VECTOR_IN";
    }
    if (n.startsWith("guidance_in.") || n.startsWith("time_text_embed.guidance_embedder.")) {
      return "GUIDANCE_IN";
    }
    return isFinal(n) ? "FINAL" : "OTHER";
  }

  static String mmdit(String n) {
    int joint =
        Math.max(
            Segments.numberAfter(n, "joint_blocks."),
            Segments.numberAfter(n, "transformer_blocks."));
    if (joint >= 0) {
      return Segments.numbered("JB", joint);
    }
    // diffusers' pos_embed.proj is what the original calls x_embedder.
    if (n.startsWith("x_embedder.") || n.startsWith("pos_embed.proj.")) {
      return "X_EMBED";
    }
    if (n.startsWith("pos_embed")) {
      return "POS_EMBED";
    }
    if (n.startsWith("context_embedder.")) {
      return "CONTEXT_EMBED";
    }
    if (n.startsWith("t_embedder.") || n.startsWith("time_text_embed.timestep_embedder.")) {
      return "T_EMBED";
    }
    if (n.startsWith("y_embedder.") || n.startsWith("time_text_embed.text_embedder.")) {
      return "Y_EMBED";
    }
    return isFinal(n) ? "FINAL" : "OTHER";
  }

  private static boolean isFinal(String n) {
    return n.startsWith("final_layer.") || n.startsWith("norm_out.") || n.startsWith("proj_out.");
  }
}
