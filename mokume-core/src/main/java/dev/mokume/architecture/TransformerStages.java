package dev.mokume.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// The stages of a diffusion transformer whose tensors say at the start of their names which stage
/// they are of, in the order of the data's way.
///
/// Stages are those for which ComfyUI's ModelMerge nodes have a number. What the node leaves out
/// gets a stage too where the model has it.
final class TransformerStages {
  /// @param start of the names of the stage; of a numbered one the text before the number
  /// @param block the stage's name, or that of its family
  private record Stage(String start, String block, boolean numbered) {}

  /// Source: ComfyUI, comfy/ldm/aura/mmdit; its model detection goes by
  /// `double_layers.0.attn.w1q.weight`.
  private static final TransformerStages AURAFLOW =
      new TransformerStages(
          """
          positional_encoding POS_EMBED
          init_x_linear. IMG_IN
          cond_seq_linear. TXT_IN
          t_embedder. T_EMBED
          register_tokens REGISTERS
          double_layers.# DB
          single_layers.# SB
          modF. FINAL_MOD
          final_linear. FINAL
          """,
          n ->
              (n.startsWith("double_layers.") || n.startsWith("single_layers."))
                  && n.contains(".attn.w1"));

  /// Source: ComfyUI, comfy/ldm/qwen_image/model, whose names are those of the diffusers library;
  /// its model detection goes by `txt_norm.weight`.
  private static final TransformerStages QWEN_IMAGE =
      new TransformerStages(
          """
          pos_embed POS_EMBED
          img_in. IMG_IN
          txt_in. TXT_IN
          txt_norm. TXT_NORM
          time_text_embed. TIME_EMBED
          transformer_blocks.# B
          norm_out. FINAL_MOD
          proj_out. FINAL
          """,
          n ->
              n.equals("txt_norm.weight")
                  || n.startsWith("transformer_blocks.") && n.contains(".img_mod."));

  /// Source: ComfyUI, comfy/ldm/genmo/joint_model/asymm_models_joint; its model detection goes by
  /// `t5_yproj.weight`.
  private static final TransformerStages MOCHI =
      new TransformerStages(
          """
          pos_frequencies POS_EMBED
          x_embedder. X_EMBED
          t_embedder. T_EMBED
          t5_y_embedder. TEXT_POOL
          t5_yproj. TEXT_EMBED
          blocks.# B
          final_layer. FINAL
          """,
          n -> n.startsWith("t5_yproj.") || n.startsWith("t5_y_embedder."));

  /// Source: ComfyUI, comfy/ldm/lightricks/model; its model detection goes by
  /// `adaln_single.emb.timestep_embedder.linear_1.bias`, which PixArt has too.
  private static final TransformerStages LTXV =
      new TransformerStages(
          """
          patchify_proj. PATCH_EMBED
          caption_projection. TEXT_EMBED
          adaln_single. TIME_EMBED
          transformer_blocks.# B
          scale_shift_table FINAL_MOD
          proj_out. FINAL
          """,
          n -> n.startsWith("patchify_proj."));

  /// Source: ComfyUI, comfy/ldm/cosmos/model; its model detection goes by
  /// `blocks.block0.blocks.0.block.attn.to_q.0.weight`.
  private static final TransformerStages COSMOS =
      new TransformerStages(
          """
          pos_embedder. POS_EMBED
          extra_pos_embedder. POS_EMBED
          x_embedder. X_EMBED
          t_embedder. T_EMBED
          affline_norm. T_NORM
          blocks.block# B
          final_layer. FINAL
          """,
          n -> Segments.numberAfter(n, "blocks.block") >= 0);

  /// Source: ComfyUI, comfy/ldm/cosmos/predict2; its model detection goes by
  /// `blocks.0.mlp.layer1.weight`.
  private static final TransformerStages COSMOS_PREDICT2 =
      new TransformerStages(
          """
          pos_embedder. POS_EMBED
          x_embedder. X_EMBED
          t_embedder. T_EMBED
          t_embedding_norm. T_NORM
          blocks.# B
          final_layer. FINAL
          """,
          n -> n.startsWith("blocks.") && n.contains(".adaln_modulation_"));

  /// Source: ComfyUI, comfy/ldm/wan/model; its model detection goes by `head.modulation`.
  private static final TransformerStages WAN =
      new TransformerStages(
          """
          patch_embedding. PATCH_EMBED
          text_embedding. TEXT_EMBED
          img_emb. IMG_EMBED
          time_embedding. TIME_EMBED
          time_projection. TIME_PROJ
          blocks.# B
          head. FINAL
          """,
          n ->
              n.equals("head.modulation")
                  || Segments.numberAfter(n, "blocks.") >= 0 && n.endsWith(".modulation"));

  /// What stands before the numbers of blocks, of any of these models.
  private static final List<String> NUMBERED =
      List.of("blocks.", "blocks.block", "transformer_blocks.", "double_layers.", "single_layers.");

  private final List<Stage> stages;
  private final Predicate<String> signs;

  /// @param lines one a stage: the start of its names, `#` for a number, and its block
  /// @param signs the names that no other model has
  private TransformerStages(String lines, Predicate<String> signs) {
    List<Stage> read = new ArrayList<>();
    for (String line : lines.strip().split("\n", -1)) {
      String[] columns = line.split(" ", -1);
      boolean numbered = columns[0].endsWith("#");
      String start = numbered ? columns[0].substring(0, columns[0].length() - 1) : columns[0];
      read.add(new Stage(start, columns[1], numbered));
    }
    this.stages = List.copyOf(read);
    this.signs = signs;
  }

  static TransformerStages of(Naming naming) {
    return switch (naming) {
      case AURAFLOW -> AURAFLOW;
      case QWEN_IMAGE -> QWEN_IMAGE;
      case MOCHI -> MOCHI;
      case LTXV -> LTXV;
      case COSMOS -> COSMOS;
      case COSMOS_PREDICT2 -> COSMOS_PREDICT2;
      case WAN -> WAN;
      case LDM_UNET,
          DIFFUSERS_UNET,
          FLUX,
          DIFFUSERS_FLUX,
          MMDIT,
          DIFFUSERS_MMDIT,
          VIDEO_VAE,
          LDM_VAE,
          DIFFUSERS_VAE,
          HF_CLIP,
          OPEN_CLIP,
          T5,
          LLAMA,
          GPT2,
          FLATTENED_UNET,
          LORA,
          INFERRED ->
          throw new IllegalArgumentException(naming + " does not go by stages");
    };
  }

  /// Whether a tensor of that name is of this model and of no other.
  boolean isSign(String localName) {
    return signs.test(localName);
  }

  /// What stands before the numbers of the blocks: `blocks.`.
  String blocks() {
    return stages.stream().filter(Stage::numbered).findFirst().orElseThrow().start();
  }

  String block(String localName) {
    for (Stage stage : stages) {
      if (stage.numbered()) {
        int number = Segments.numberAfter(localName, stage.start());
        if (number >= 0) {
          return Segments.numbered(stage.block(), number);
        }
      } else if (localName.startsWith(stage.start())) {
        return stage.block();
      }
    }
    return "OTHER";
  }

  /// The number of the block that a name is of, whichever of these models it is from; -1 for none.
  static int number(String localName) {
    int most = -1;
    for (String start : NUMBERED) {
      most = Math.max(most, Segments.numberAfter(localName, start));
    }
    return most;
  }
}
