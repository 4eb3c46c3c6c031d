package dev.mokume.recipe.comfyui;

import java.util.ArrayList;
import java.util.List;

/// A node that merges by the blocks of one architecture: which prefixes of names have a number.
///
/// `#N` in a prefix stands for the numbers from 0 to N - 1.
///
/// @param node the node's class
/// @param prefixes of names within the diffusion model, in the order of the editor
record BlockFamily(String node, List<String> prefixes) {
  /// Source: ComfyUI, comfy_extras/nodes_model_merging_model_specific.
  static final List<BlockFamily> ALL =
      List.of(
          of(
              "ModelMergeSD1",
              "time_embed. label_emb. input_blocks.#12. middle_block.#3. output_blocks.#12. out."),
          of(
              "ModelMergeSD2",
              "time_embed. label_emb. input_blocks.#12. middle_block.#3. output_blocks.#12. out."),
          // Without a dot after the number, as ComfyUI has it: no block of SDXL has two digits.
          of(
              "ModelMergeSDXL",
              "time_embed. label_emb. input_blocks.#9 middle_block.#3 output_blocks.#9 out."),
          of(
              "ModelMergeSD3_2B",
              "pos_embed. x_embedder. context_embedder. y_embedder. t_embedder. joint_blocks.#24."
                  + " final_layer."),
          of(
              "ModelMergeSD35_Large",
              "pos_embed. x_embedder. context_embedder. y_embedder. t_embedder. joint_blocks.#38."
                  + " final_layer."),
          of(
              "ModelMergeAuraflow",
              "init_x_linear. positional_encoding cond_seq_linear. register_tokens t_embedder."
                  + " double_layers.#4. single_layers.#32. modF. final_linear."),
          of(
              "ModelMergeFlux1",
              "img_in. time_in. guidance_in vector_in. txt_in. double_blocks.#19."
                  + " single_blocks.#38. final_layer."),
          of(
              "ModelMergeMochiPreview",
              "pos_frequencies. t_embedder. t5_y_embedder. t5_yproj. blocks.#48. final_layer."),
          of(
              "ModelMergeLTXV",
              "patchify_proj. adaln_single. caption_projection. transformer_blocks.#28."
                  + " scale_shift_table proj_out."),
          of("ModelMergeCosmos7B", cosmos(28)),
          of("ModelMergeCosmos14B", cosmos(36)),
          of(
              "ModelMergeWAN2_1",
              "patch_embedding. time_embedding. time_projection. text_embedding. img_emb."
                  + " blocks.#40. head."),
          of("ModelMergeCosmosPredict2_2B", cosmosPredict(28)),
          of("ModelMergeCosmosPredict2_14B", cosmosPredict(36)),
          of(
              "ModelMergeQwenImage",
              "pos_embeds. img_in. txt_norm. txt_in. time_text_embed. transformer_blocks.#60."
                  + " proj_out."));

  private static String cosmos(int blocks) {
    return "pos_embedder. extra_pos_embedder. x_embedder. t_embedder. affline_norm. blocks.block#"
        + blocks
        + ". final_layer.";
  }

  private static String cosmosPredict(int blocks) {
    return "pos_embedder. x_embedder. t_embedder. t_embedding_norm. blocks.#"
        + blocks
        + ". final_layer.";
  }

  private static BlockFamily of(String node, String patterns) {
    List<String> prefixes = new ArrayList<>();
    for (String pattern : patterns.split(" ")) {
      int mark = pattern.indexOf('#');
      if (mark < 0) {
        prefixes.add(pattern);
        continue;
      }
      String end = pattern.endsWith(".") ? "." : "";
      int count = Integer.parseInt(pattern.substring(mark + 1, pattern.length() - end.length()));
      for (int i = 0; i < count; i++) {
        prefixes.add(pattern.substring(0, mark) + i + end);
      }
    }
    return new BlockFamily(node, List.copyOf(prefixes));
  }
}
