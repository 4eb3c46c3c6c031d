package dev.mokume.recipe.comfyui;

import static dev.mokume.recipe.comfyui.InputSpec.link;
import static dev.mokume.recipe.comfyui.InputSpec.text;

import java.util.List;
import java.util.Optional;

/// ComfyUI's nodes that save weights.
final class SaverNodes {
  private static final String MENU = "advanced/model_merging";

  private SaverNodes() {}

  static List<NodeDefinition> all() {
    return List.of(
        node("CheckpointSave")
            .title("Save Checkpoint")
            .says("Writes a checkpoint: diffusion model, text encoders and VAE.")
            .takes(
                link("model", ValueType.MODEL),
                link("clip", ValueType.CLIP),
                link("vae", ValueType.VAE),
                prefix("checkpoints/ComfyUI"))
            .saves(in ->
                new Saving(
                    in.text("filename_prefix"),
                    Optional.of(in.model("model")),
                    Optional.of(in.clip("clip")),
                    Optional.of(in.vae("vae")),
                    new Saving.Form.Checkpoint())),
        node("ModelSave")
            .says("Writes a diffusion model, with the names it has in a checkpoint.")
            .takes(link("model", ValueType.MODEL), prefix("diffusion_models/ComfyUI"))
            .saves(in ->
                new Saving(
                    in.text("filename_prefix"),
                    Optional.of(in.model("model")),
                    Optional.empty(),
                    Optional.empty(),
                    new Saving.Form.Checkpoint())),
        node("CLIPSave")
            .says("Writes each text encoder to a file of its own.")
            .takes(link("clip", ValueType.CLIP), prefix("clip/ComfyUI"))
            .saves(in ->
                new Saving(
                    in.text("filename_prefix"),
                    Optional.empty(),
                    Optional.of(in.clip("clip")),
                    Optional.empty(),
                    new Saving.Form.Encoders())),
        node("VAESave")
            .says("Writes a VAE to a file of its own.")
            .takes(link("vae", ValueType.VAE), prefix("vae/ComfyUI_vae"))
            .saves(in ->
                new Saving(
                    in.text("filename_prefix"),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(in.vae("vae")),
                    new Saving.Form.Part())));
  }

  private static NodeDefinition.Builder node(String name) {
    return NodeDefinition.named(name).in(NodePack.COMFYUI_MERGING, MENU);
  }

  private static InputSpec prefix(String standard) {
    return text("filename_prefix", standard);
  }
}
