package dev.mokume.architecture;

/// Blocks of the diffusion transformers: FLUX by its own and diffusers' names, SD 3 likewise.
final class TransformerNames {
  private static final String EMBED = "time_text_embed.";
  private static final int FLUX_FUSED = 7;

  /// FLUX's original names and diffusers'. A single block's first layer holds query, key, value and
  /// a feed-forward layer four times as wide. Source: the modules of the two; diffusers'
  /// convert_flux_to_diffusers tells of the order of shift and scale.
  static final NameMap FLUX =
      NameMap.of()
          .stage(
              "double_blocks.#.",
              "transformer_blocks.#.",
              Vocabulary.of()
                  .modules("img_mod.lin", "norm1.linear", "txt_mod.lin", "norm1_context.linear")
                  .fused("img_attn.qkv", "attn.to_q", "attn.to_k", "attn.to_v")
                  .fused("txt_attn.qkv", "attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj")
                  .parameters("img_attn.norm.query_norm.scale", "attn.norm_q.weight")
                  .parameters("img_attn.norm.key_norm.scale", "attn.norm_k.weight")
                  .parameters("txt_attn.norm.query_norm.scale", "attn.norm_added_q.weight")
                  .parameters("txt_attn.norm.key_norm.scale", "attn.norm_added_k.weight")
                  .modules("img_attn.proj", "attn.to_out.0", "txt_attn.proj", "attn.to_add_out")
                  .modules("img_mlp.0", "ff.net.0.proj", "img_mlp.2", "ff.net.2")
                  .modules("txt_mlp.0", "ff_context.net.0.proj", "txt_mlp.2", "ff_context.net.2"))
          .stage(
              "single_blocks.#.",
              "single_transformer_blocks.#.",
              Vocabulary.of()
                  .modules("modulation.lin", "norm.linear", "linear2", "proj_out")
                  .part("linear1", Rows.part(0, FLUX_FUSED), "attn.to_q")
                  .part("linear1", Rows.part(1, FLUX_FUSED), "attn.to_k")
                  .part("linear1", Rows.part(2, FLUX_FUSED), "attn.to_v")
                  .part("linear1", new Rows(3, 4, FLUX_FUSED), "proj_mlp")
                  .parameters("norm.query_norm.scale", "attn.norm_q.weight")
                  .parameters("norm.key_norm.scale", "attn.norm_k.weight"))
          .stage(
              "",
              "",
              Vocabulary.of()
                  .modules("time_in.in_layer", EMBED + "timestep_embedder.linear_1")
                  .modules("time_in.out_layer", EMBED + "timestep_embedder.linear_2")
                  .modules("img_in", "x_embedder", "txt_in", "context_embedder")
                  .modules("vector_in.in_layer", EMBED + "text_embedder.linear_1")
                  .modules("vector_in.out_layer", EMBED + "text_embedder.linear_2")
                  .modules("guidance_in.in_layer", EMBED + "guidance_embedder.linear_1")
                  .modules("guidance_in.out_layer", EMBED + "guidance_embedder.linear_2")
                  .modules("final_layer.linear", "proj_out")
                  .swapped("final_layer.adaLN_modulation.1", "norm_out.linear"));

  private static final NameMap MMDIT_WITHOUT_LAST = buildMmdit(-1);

  private TransformerNames() {}

  /// SD 3's original names and diffusers'. Source: the modules of the two; diffusers'
  /// convert_sd3_to_diffusers tells of the order of shift and scale.
  ///
  /// @param last the block that gives up the text, which diffusers shifts and scales in the other
  ///   order; -1 if the model has none
  static NameMap mmdit(int last) {
    return last < 0 ? MMDIT_WITHOUT_LAST : buildMmdit(last);
  }

  private static NameMap buildMmdit(int last) {
    NameMap map =
        NameMap.of()
            .stage(
                "joint_blocks.#.",
                "transformer_blocks.#.",
                joint().modules("context_block.adaLN_modulation.1", "norm1_context.linear"))
            .stage(
                "",
                "",
                Vocabulary.of()
                    .parameters("pos_embed", "pos_embed.pos_embed")
                    .modules("x_embedder.proj", "pos_embed.proj")
                    .modules("context_embedder", "context_embedder")
                    .modules("t_embedder.mlp.0", EMBED + "timestep_embedder.linear_1")
                    .modules("t_embedder.mlp.2", EMBED + "timestep_embedder.linear_2")
                    .modules("y_embedder.mlp.0", EMBED + "text_embedder.linear_1")
                    .modules("y_embedder.mlp.2", EMBED + "text_embedder.linear_2")
                    .modules("final_layer.linear", "proj_out")
                    .swapped("final_layer.adaLN_modulation.1", "norm_out.linear"));
    return last < 0
        ? map
        : map.stage(
            "joint_blocks." + last + ".",
            "transformer_blocks." + last + ".",
            joint().swapped("context_block.adaLN_modulation.1", "norm1_context.linear"));
  }

  private static Vocabulary joint() {
    return Vocabulary.of()
        .modules("x_block.adaLN_modulation.1", "norm1.linear")
        .fused("x_block.attn.qkv", "attn.to_q", "attn.to_k", "attn.to_v")
        .fused("context_block.attn.qkv", "attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj")
        .fused("x_block.attn2.qkv", "attn2.to_q", "attn2.to_k", "attn2.to_v")
        .modules("x_block.attn.ln_q", "attn.norm_q", "x_block.attn.ln_k", "attn.norm_k")
        .modules("context_block.attn.ln_q", "attn.norm_added_q")
        .modules("context_block.attn.ln_k", "attn.norm_added_k")
        .modules("x_block.attn2.ln_q", "attn2.norm_q", "x_block.attn2.ln_k", "attn2.norm_k")
        .modules("x_block.attn.proj", "attn.to_out.0", "x_block.attn2.proj", "attn2.to_out.0")
        .modules("context_block.attn.proj", "attn.to_add_out")
        .modules("x_block.mlp.fc1", "ff.net.0.proj", "x_block.mlp.fc2", "ff.net.2")
        .modules("context_block.mlp.fc1", "ff_context.net.0.proj")
        .modules("context_block.mlp.fc2", "ff_context.net.2");
  }

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
