package dev.mokume.recipe.comfyui;

import static dev.mokume.recipe.comfyui.InputSpec.choice;
import static dev.mokume.recipe.comfyui.InputSpec.file;
import static dev.mokume.recipe.comfyui.InputSpec.link;
import static dev.mokume.recipe.comfyui.InputSpec.text;
import static dev.mokume.recipe.comfyui.InputSpec.whole;

import java.util.List;

/// ComfyUI-DareMerge's nodes that tell about masks, models, LoRAs and gradients.
final class ReportNodes {
  private static final String MENU = "DareMerge/report";
  private static final String LATER = "reports are not written yet";

  private ReportNodes() {}

  static List<NodeDefinition> all() {
    return List.of(
        node("DM_MaskReporting", "Mask Reporting")
            .says("Counts what a mask selects, by block or by tensor.")
            .takes(link("mask", ValueType.MODEL_MASK), choice("report", "size", "size", "details"))
            .gives(ValueType.STRING)
            .refusesToSave(LATER),
        node("DM_ModelReporting", "Model Reporting")
            .says("Draws one tensor of a model as a heat map.")
            .takes(
                link("model", ValueType.MODEL),
                text("layer", ""),
                choice("scaling", "mean", "mean", "log", "max", "min", "std", "none"))
            .gives(ValueType.STRING, ValueType.IMAGE)
            .refusesToSave(LATER),
        node("DM_LoRAReporting", "LoRA Reporting")
            .says("Tells what a LoRA's file says of itself.")
            .takes(
                file("lora_name", ModelFolder.LORAS),
                choice("report", "tags", "tags", "size", "details"),
                whole("limit", 10, 0, 1000))
            .gives(ValueType.STRING)
            .refusesToSave(LATER),
        node("DM_GradientReporting", "Gradient Reporting")
            .says("Lists the ratio of each layer.")
            .takes(
                link("gradient", ValueType.LAYER_GRADIENT),
                choice("report", "size", "size", "details"))
            .gives(ValueType.STRING)
            .refusesToSave(LATER));
  }

  private static NodeDefinition.Builder node(String name, String title) {
    return NodeDefinition.named(name).title(title).in(NodePack.DAREMERGE, MENU);
  }
}
