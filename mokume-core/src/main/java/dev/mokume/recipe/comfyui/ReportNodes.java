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

  private ReportNodes() {}

  static List<NodeDefinition> all() {
    return List.of(
        node("DM_MaskReporting", "Mask Reporting")
            .says("Counts what a mask selects, by block or by tensor.")
            .takes(link("mask", ValueType.MODEL_MASK), choice("report", "size", "size", "details"))
            .gives(ValueType.STRING)
            .tells(in ->
                Outcome.of(
                    new Value.Report(
                        new Product.Text.MaskCounts(
                            in.recipe(in.mask("mask")), in.text("report").equals("details"))),
                    "counts what %s selects (%s)"
                        .formatted(Words.of(in.mask("mask")), in.text("report")))),
        node("DM_ModelReporting", "Model Reporting")
            .says("Draws one tensor of a model as a heat map.")
            .takes(
                link("model", ValueType.MODEL),
                text("layer", ""),
                choice("scaling", "mean", "mean", "log", "max", "min", "std", "none"))
            .gives(ValueType.STRING, ValueType.IMAGE)
            .tells(ReportNodes::picture),
        node("DM_LoRAReporting", "LoRA Reporting")
            .says("Tells what a LoRA's file says of itself.")
            .takes(
                file("lora_name", ModelFolder.LORAS),
                choice("report", "tags", "tags", "size", "details"),
                whole("limit", 10, 0, 1000))
            .gives(ValueType.STRING)
            .tells(in ->
                Outcome.of(
                    new Value.Report(
                        new Product.Text.LoraLines(
                            in.file("lora_name"), in.text("report"), (int) in.whole("limit"))),
                    "tells the %s of %s".formatted(in.text("report"), in.text("lora_name")))),
        node("DM_GradientReporting", "Gradient Reporting")
            .says("Lists the ratio of each layer.")
            .takes(
                link("gradient", ValueType.LAYER_GRADIENT),
                choice("report", "size", "size", "details"))
            .gives(ValueType.STRING)
            .tells(in ->
                Outcome.of(
                    new Value.Report(
                        new Product.Text.NumberLines(in.ratios(in.gradient("gradient")))),
                    "lists the ratios " + Words.of(in.gradient("gradient")))));
  }

  private static Outcome picture(Arguments in) {
    Value.Model model = in.model("model");
    String layer = in.text("layer");
    String words = "draws the layer %s of %s".formatted(layer, Words.of(model));
    return new Outcome(
        List.of(
            new Value.Text(layer),
            new Value.Picture(
                new Product.Content.Picture(in.recipe(model), layer, in.text("scaling")))),
        words);
  }

  private static NodeDefinition.Builder node(String name, String title) {
    return NodeDefinition.named(name).title(title).in(NodePack.DAREMERGE, MENU);
  }
}
