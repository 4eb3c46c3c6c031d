package dev.mokume.recipe.comfyui;

import static dev.mokume.recipe.comfyui.InputSpec.choice;
import static dev.mokume.recipe.comfyui.InputSpec.file;

import dev.mokume.architecture.Component;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Weights;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// Nodes that load files: they name models, and nothing is read before a recipe runs.
final class LoaderNodes {
  private static final String LOADERS = "loaders";
  private static final String ADVANCED = "advanced/loaders";

  private static final List<String> WEIGHT_DTYPES =
      List.of("default", "fp8_e4m3fn", "fp8_e4m3fn_fast", "fp8_e5m2");

  private static final List<String> ENCODER_TYPES =
      List.of(
          "stable_diffusion",
          "stable_cascade",
          "sd3",
          "stable_audio",
          "mochi",
          "ltxv",
          "pixart",
          "cosmos",
          "lumina2",
          "wan",
          "hidream",
          "chroma",
          "ace",
          "omnigen2",
          "qwen_image",
          "hunyuan_image");

  private LoaderNodes() {}

  static List<NodeDefinition> all() {
    return List.of(
        NodeDefinition.named("CheckpointLoaderSimple")
            .title("Load Checkpoint")
            .in(NodePack.COMFYUI, LOADERS)
            .says("Loads a checkpoint: diffusion model, text encoders and VAE.")
            .takes(file("ckpt_name", ModelFolder.CHECKPOINTS))
            .gives(ValueType.MODEL, ValueType.CLIP, ValueType.VAE)
            .does(in -> {
              Value.Origin origin = in.load("ckpt_name", true);
              return new Outcome(
                  List.of(model(origin), clip(origin), new Value.Vae(origin)),
                  loads(in, "ckpt_name"));
            }),
        NodeDefinition.named("UNETLoader")
            .title("Load Diffusion Model")
            .in(NodePack.COMFYUI, ADVANCED)
            .says("Loads a diffusion model from a file of its own.")
            .takes(
                file("unet_name", ModelFolder.DIFFUSION_MODELS),
                choice("weight_dtype", "default", WEIGHT_DTYPES))
            .gives(ValueType.MODEL)
            .does(in -> {
              if (!in.text("weight_dtype").equals("default")) {
                in.note(
                    "UNETLoader's weight_dtype says how ComfyUI keeps weights in memory and is"
                        + " left aside: weights are merged in f32 and stored as in the file;"
                        + " --dtype stores them otherwise.");
              }
              Value.Origin origin = in.load("unet_name", false);
              return Outcome.of(model(origin), loads(in, "unet_name"));
            }),
        NodeDefinition.named("CLIPLoader")
            .title("Load CLIP")
            .in(NodePack.COMFYUI, ADVANCED)
            .says("Loads a text encoder from a file of its own.")
            .takes(
                file("clip_name", ModelFolder.TEXT_ENCODERS),
                choice("type", "stable_diffusion", ENCODER_TYPES),
                device())
            .gives(ValueType.CLIP)
            .does(in -> {
              Value.Origin origin = in.load("clip_name", false);
              return Outcome.of(clip(origin), loads(in, "clip_name"));
            }),
        NodeDefinition.named("DualCLIPLoader")
            .in(NodePack.COMFYUI, ADVANCED)
            .says("Loads two text encoders, each from a file of its own.")
            .takes(
                file("clip_name1", ModelFolder.TEXT_ENCODERS),
                file("clip_name2", ModelFolder.TEXT_ENCODERS),
                choice(
                    "type",
                    "sdxl",
                    "sdxl",
                    "sd3",
                    "flux",
                    "hunyuan_video",
                    "hidream",
                    "hunyuan_image"),
                device())
            .gives(ValueType.CLIP)
            .does(in -> encoders(in, "clip_name1", "clip_name2")),
        NodeDefinition.named("TripleCLIPLoader")
            .in(NodePack.COMFYUI_EXTRAS, ADVANCED)
            .says("Loads three text encoders, each from a file of its own.")
            .takes(
                file("clip_name1", ModelFolder.TEXT_ENCODERS),
                file("clip_name2", ModelFolder.TEXT_ENCODERS),
                file("clip_name3", ModelFolder.TEXT_ENCODERS))
            .gives(ValueType.CLIP)
            .does(in -> encoders(in, "clip_name1", "clip_name2", "clip_name3")),
        NodeDefinition.named("VAELoader")
            .title("Load VAE")
            .in(NodePack.COMFYUI, LOADERS)
            .says("Loads a VAE from a file of its own.")
            .takes(file("vae_name", ModelFolder.VAE))
            .gives(ValueType.VAE)
            .does(in -> {
              Value.Origin origin = in.load("vae_name", false);
              return Outcome.of(new Value.Vae(origin), loads(in, "vae_name"));
            }),
        NodeDefinition.named("MokumeLoadMask")
            .title("Load Mask (Mokume)")
            .in(NodePack.MOKUME, "mokume")
            .says("Loads a mask that a run saved.")
            .takes(file("mask_name", ModelFolder.MASKS))
            .gives(ValueType.MODEL_MASK)
            .does(in ->
                Outcome.of(
                    new Value.ModelMask(in.name(new Mask.Stored(in.file("mask_name")))),
                    "the mask file " + in.text("mask_name"))),
        NodeDefinition.named("MokumeLoadGradient")
            .title("Load Gradient (Mokume)")
            .in(NodePack.MOKUME, "mokume")
            .says("Loads layer ratios that a run saved: a JSON object, a number for each tensor.")
            .takes(file("gradient_name", ModelFolder.GRADIENTS))
            .gives(ValueType.LAYER_GRADIENT)
            .does(in ->
                Outcome.of(
                    new Value.Gradient(
                        in.name(GradientFile.read(in.file("gradient_name"))), Optional.empty()),
                    "the ratios in " + in.text("gradient_name"))));
  }

  private static InputSpec device() {
    return choice("device", "default", "default", "cpu").optional();
  }

  private static String loads(Arguments in, String input) {
    return "loads " + in.text(input);
  }

  private static Value.Model model(Value.Origin origin) {
    return new Value.Model(origin.source(), origin);
  }

  private static Value.Clip clip(Value.Origin origin) {
    SequencedMap<Component, Weights> encoders = new LinkedHashMap<>();
    FileHeaders.TEXT_ENCODERS.forEach(encoder -> encoders.put(encoder, origin.source()));
    return new Value.Clip(encoders, origin);
  }

  /// Files in whatever order; which encoder a file holds, its header tells.
  private static Outcome encoders(Arguments in, String... inputs) {
    SequencedMap<Component, Weights> encoders = new LinkedHashMap<>();
    for (String input : inputs) {
      Value.Origin origin = in.load(input, false);
      in.surroundings()
          .headers()
          .encoders(in.file(input))
          .forEach(encoder -> encoders.putIfAbsent(encoder, origin.source()));
    }
    Value.Origin first = in.load(inputs[0], false);
    if (encoders.isEmpty()) {
      encoders.putAll(clip(first).encoders());
    }
    List<String> words = Arrays.stream(inputs).map(input -> loads(in, input)).toList();
    return Outcome.of(new Value.Clip(encoders, first), String.join(", ", words));
  }
}
