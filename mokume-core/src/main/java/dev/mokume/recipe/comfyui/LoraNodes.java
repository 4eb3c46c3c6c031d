package dev.mokume.recipe.comfyui;

import static dev.mokume.recipe.comfyui.InputSpec.choice;
import static dev.mokume.recipe.comfyui.InputSpec.file;
import static dev.mokume.recipe.comfyui.InputSpec.flag;
import static dev.mokume.recipe.comfyui.InputSpec.link;
import static dev.mokume.recipe.comfyui.InputSpec.real;
import static dev.mokume.recipe.comfyui.InputSpec.text;
import static dev.mokume.recipe.comfyui.InputSpec.whole;

import dev.mokume.architecture.Component;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Weights;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// Nodes that load or make LoRAs.
final class LoraNodes {
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
            .does(in ->
                new Outcome(
                    List.of(model(in), clip(in)),
                    "applies %s with strength %s to %s, and %s to %s"
                        .formatted(
                            in.text("lora_name"),
                            in.words("strength_model"),
                            in.words("model"),
                            in.words("strength_clip"),
                            in.words("clip")))),
        NodeDefinition.named("LoraLoaderModelOnly")
            .in(NodePack.COMFYUI, "loaders")
            .says("Applies a LoRA to a diffusion model.")
            .takes(
                link("model", ValueType.MODEL),
                file("lora_name", ModelFolder.LORAS),
                strength("strength_model", 100))
            .gives(ValueType.MODEL)
            .does(in ->
                Outcome.of(
                    model(in),
                    "applies %s with strength %s to %s"
                        .formatted(
                            in.text("lora_name"), in.words("strength_model"), in.words("model")))),
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
            .saves(LoraNodes::saving),
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
            .does(LoraNodes::withTags));
  }

  private static Saving saving(Arguments in) {
    if (!in.has("model_diff") && !in.has("text_encoder_diff")) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "it has no difference to make a LoRA of; link model_diff or text_encoder_diff to a node"
              + " that subtracts");
    }
    return new Saving(
        in.text("filename_prefix"),
        in.has("model_diff") ? Optional.of(in.model("model_diff")) : Optional.empty(),
        in.has("text_encoder_diff") ? Optional.of(in.clip("text_encoder_diff")) : Optional.empty(),
        Optional.empty(),
        new Saving.Form.Lora(
            (int) in.whole("rank"),
            in.text("lora_type").equals("full_diff"),
            in.flag("bias_diff")));
  }

  /// A strength of 0 leaves what comes in as it is, the tags included, which are then empty.
  private static Outcome withTags(Arguments in) {
    boolean applied = in.real("strength_model") != 0 || in.real("strength_clip") != 0;
    Value tags =
        applied
            ? new Value.Report(
                new Product.Text.LoraLines(
                    in.file("lora_name"), "tags", (int) in.whole("tag_limit")))
            : new Value.Text("");
    return new Outcome(
        List.of(model(in), clip(in), tags),
        "applies %s with strength %s to %s, and %s to %s; tells its tags"
            .formatted(
                in.text("lora_name"),
                in.words("strength_model"),
                in.words("model"),
                in.words("strength_clip"),
                in.words("clip")));
  }

  private static Value model(Arguments in) {
    Value.Model model = in.model("model");
    double strength = in.real("strength_model");
    return strength == 0 ? model : model.with(in.name(adapted(in, model.weights(), strength)));
  }

  private static Value clip(Arguments in) {
    Value.Clip clip = in.clip("clip");
    double strength = in.real("strength_clip");
    if (strength == 0) {
      return clip;
    }
    // Encoders that came the same way go on as one.
    Map<Weights, Weights> changed = new HashMap<>();
    SequencedMap<Component, Weights> encoders = new LinkedHashMap<>();
    clip.encoders()
        .forEach((encoder, weights) ->
            encoders.put(
                encoder,
                changed.computeIfAbsent(
                    weights, before -> in.name(adapted(in, before, strength)))));
    return new Value.Clip(encoders, clip.origin());
  }

  private static Weights adapted(Arguments in, Weights before, double strength) {
    return new Weights.Adapted(before, in.file("lora_name"), new Ratio.Constant(strength), false);
  }

  private static InputSpec strength(String name, double most) {
    return real(name, 1, -most, most, 0.01);
  }
}
