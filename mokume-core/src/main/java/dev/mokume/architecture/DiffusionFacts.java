package dev.mokume.architecture;

import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// What tells one diffusion model from another, gathered in a pass over its tensors.
final class DiffusionFacts {
  private int inputChannels = -1;
  private int contextWidth = -1;
  private int lastInputBlock = -1;
  private int lastBlock = -1;
  private boolean label;
  private boolean guidance;
  private boolean deepTransformers;

  void add(String localName, TensorSpec spec) {
    label |= localName.startsWith("label_emb.") || localName.startsWith("add_embedding.");
    guidance |=
        localName.startsWith("guidance_in.")
            || localName.startsWith("time_text_embed.guidance_embedder.");
    if (spec.shape().rank() >= 2) {
      int columns = (int) Math.min(Integer.MAX_VALUE, spec.shape().dimension(1));
      switch (localName) {
        case "input_blocks.0.0.weight",
            "conv_in.weight",
            "img_in.weight",
            "x_embedder.weight",
            "x_embedder.proj.weight",
            "x_embedder.proj.1.weight",
            "init_x_linear.weight",
            "patchify_proj.weight",
            "patch_embedding.weight" ->
            inputChannels = columns;
        default -> {}
      }
      if (localName.endsWith(".attn2.to_k.weight")) {
        contextWidth = columns;
        deepTransformers |= !localName.contains(".transformer_blocks.0.");
      }
    }
    lastInputBlock = Math.max(lastInputBlock, inputBlock(localName));
    lastBlock = Math.max(lastBlock, TransformerStages.number(localName));
  }

  private static int inputBlock(String localName) {
    if (localName.startsWith("down_blocks.")) {
      String block = DiffusersUnet.block(localName);
      return block.startsWith("IN") ? Integer.parseInt(block.substring(2)) : -1;
    }
    int output = Segments.numberAfter(localName, "output_blocks.");
    return output >= 0 ? output : Segments.numberAfter(localName, "input_blocks.");
  }

  OptionalInt inputChannels() {
    return inputChannels < 0 ? OptionalInt.empty() : OptionalInt.of(inputChannels);
  }

  /// The architecture of a diffusion model whose tensors are named so.
  Architecture architecture(Naming naming) {
    return switch (naming) {
      case LDM_UNET, DIFFUSERS_UNET -> unet();
      case FLUX, DIFFUSERS_FLUX -> guidance ? Architecture.FLUX_DEV : Architecture.FLUX_SCHNELL;
      case MMDIT, DIFFUSERS_MMDIT -> Architecture.SD3;
      case AURAFLOW -> Architecture.AURAFLOW;
      case QWEN_IMAGE -> Architecture.QWEN_IMAGE;
      case MOCHI -> Architecture.MOCHI;
      case LTXV -> Architecture.LTXV;
      case COSMOS -> Architecture.COSMOS;
      case COSMOS_PREDICT2 -> Architecture.COSMOS_PREDICT2;
      case WAN -> Architecture.WAN;
      case VIDEO_VAE,
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
          Architecture.UNKNOWN;
    };
  }

  /// Twelve input blocks are SD 1.x, SD 2.x or the refiner, nine are SDXL; what is left of a model
  /// that lacks its last blocks is told by its conditioning.
  private Architecture unet() {
    boolean twelve = lastInputBlock >= 9;
    if (twelve && label && contextWidth == 1280) {
      return Architecture.SDXL_REFINER;
    }
    if (!twelve && (label || deepTransformers || contextWidth == 2048)) {
      return Architecture.SDXL;
    }
    return contextWidth == 1024 ? Architecture.SD21 : Architecture.SD15;
  }

  List<String> evidence(Naming naming) {
    List<String> found = new ArrayList<>();
    switch (naming) {
      case LDM_UNET, DIFFUSERS_UNET -> {
        found.add(label ? "label_emb present" : "no label_emb");
        if (lastInputBlock >= 0) {
          found.add("blocks up to " + Segments.numbered("IN", lastInputBlock));
        }
        if (contextWidth >= 0) {
          found.add("text width " + contextWidth);
        }
      }
      case FLUX, DIFFUSERS_FLUX ->
          found.add("double and single blocks, guidance_in " + (guidance ? "present" : "absent"));
      case MMDIT, DIFFUSERS_MMDIT -> found.add("joint blocks");
      case AURAFLOW, QWEN_IMAGE, MOCHI, LTXV, COSMOS, COSMOS_PREDICT2, WAN -> {
        found.add("names start with " + TransformerStages.of(naming).blocks());
        found.add("blocks up to " + lastBlock);
      }
      case VIDEO_VAE,
          LDM_VAE,
          DIFFUSERS_VAE,
          HF_CLIP,
          OPEN_CLIP,
          T5,
          LLAMA,
          GPT2,
          FLATTENED_UNET,
          LORA,
          INFERRED -> {}
    }
    inputChannels().ifPresent(channels -> found.add(channels + " input channels"));
    return found;
  }
}
