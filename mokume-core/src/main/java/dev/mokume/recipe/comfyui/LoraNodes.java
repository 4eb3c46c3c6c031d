package dev.mokume.recipe.comfyui;

import static dev.mokume.recipe.comfyui.InputSpec.choice;
import static dev.mokume.recipe.comfyui.InputSpec.file;
import static dev.mokume.recipe.comfyui.InputSpec.flag;
import static dev.mokume.recipe.comfyui.InputSpec.link;
import static dev.mokume.recipe.comfyui.InputSpec.real;
import static dev.mokume.recipe.comfyui.InputSpec.text;
import static dev.mokume.recipe.comfyui.InputSpec.whole;

import java.util.List;

/// Nodes that load or make LoRAs.
final class LoraNodes {
  private static final String LATER = "LoRAs are not supported yet; it comes with LoRA support";

  private LoraNodes() {}

  static List<NodeDefinition> all() {
    return List.of(
        NodeDefinition.named("LoraLoader")
            .title("Load LoRA")
            .in(NodePack.COMFYUI, "loaders")
            .says("Applies a LoRA to a diffusion model and its text encoders.")
            .takes(
                link("model", ValueType.MODEL),
                link("clip", ValueType.CLIP),
                file("lora_name", ModelFolder.LORAS),
                strength("strength_model", 100),
                strength("strength_clip", 100))
            .gives(ValueType.MODEL, ValueType.CLIP)
            .refuses(LATER),
        NodeDefinition.named("LoraLoaderModelOnly")
            .in(NodePack.COMFYUI, "loaders")
            .says("Applies a LoRA to a diffusion model.")
            .takes(
                link("model", ValueType.MODEL),
                file("lora_name", ModelFolder.LORAS),
                strength("strength_model", 100))
            .gives(ValueType.MODEL)
            .refuses(LATER),
        NodeDefinition.named("LoraSave")
            .title("Extract and Save Lora")
            .in(NodePack.COMFYUI_EXTRAS, "_for_testing")
            .says("Makes a LoRA of the difference of two models.")
            .takes(
                text("filename_prefix", "loras/ComfyUI_extracted_lora"),
                whole("rank", 8, 1, 4096),
                choice("lora_type", "standard", "standard", "full_diff"),
                flag("bias_diff", true),
                link("model_diff", ValueType.MODEL).optional(),
                link("text_encoder_diff", ValueType.CLIP).optional())
            .refusesToSave(LATER),
        NodeDefinition.named("DM_LoRALoaderTags")
            .title("LoRA Loader (Tags)")
            .in(NodePack.DAREMERGE, "DareMerge/lora")
            .says("Applies a LoRA, and tells the tags it was trained with.")
            .takes(
                link("model", ValueType.MODEL),
                link("clip", ValueType.CLIP),
                file("lora_name", ModelFolder.LORAS),
                strength("strength_model", 20),
                strength("strength_clip", 20),
                whole("tag_limit", 10, 0, 1000))
            .gives(ValueType.MODEL, ValueType.CLIP, ValueType.STRING)
            .refuses(LATER));
  }

  private static InputSpec strength(String name, double most) {
    return real(name, 1, -most, most, 0.01);
  }
}
