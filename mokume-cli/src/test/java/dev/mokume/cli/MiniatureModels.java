package dev.mokume.cli;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.Layout;
import dev.mokume.architecture.Layouts;
import dev.mokume.recipe.comfyui.InputSpec;
import dev.mokume.recipe.comfyui.NodeRegistry;
import dev.mokume.recipe.comfyui.ValueType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/// ComfyUI's models folder with all that the sample workflows load: every tensor of the real
/// layouts, each with two elements. Those of `photo` are 1 and 2, of `anime` 3 and 6, of `base` 2
/// and 2.
final class MiniatureModels {
  static final String UNET = "model.diffusion_model.";

  private static final Map<String, float[]> STYLES =
      Map.of("photo", row(1, 2), "anime", row(3, 6), "base", row(2, 2));

  /// A diffusion model in its official file: a tensor for each name that ComfyUI's node has a
  /// number for, and one by which the model is known.
  ///
  /// @param prefix that stands before its names there
  /// @param sign that tensor
  private record Official(String node, String prefix, String sign) {}

  /// Architectures without a layout of Mokume's.
  private static final Map<String, Official> OFFICIAL =
      Map.of(
          "sd35",
          new Official("ModelMergeSD35_Large", UNET, "joint_blocks.0.x_block.attn.qkv.weight"),
          "auraflow",
          new Official("ModelMergeAuraflow", "model.", "double_layers.0.attn.w1q.weight"),
          "mochi",
          new Official("ModelMergeMochiPreview", "", "blocks.0.attn.qkv_x.weight"),
          "ltxv",
          new Official("ModelMergeLTXV", UNET, "transformer_blocks.0.attn1.to_q.weight"),
          "cosmos7b",
          new Official("ModelMergeCosmos7B", "net.", "blocks.block0.blocks.2.block.layer1.weight"),
          "cosmos14b",
          new Official("ModelMergeCosmos14B", "net.", "blocks.block0.blocks.2.block.layer1.weight"),
          "wan21",
          new Official("ModelMergeWAN2_1", "", "head.modulation"),
          "predict2-2b",
          new Official(
              "ModelMergeCosmosPredict2_2B", "net.", "blocks.0.adaln_modulation_mlp.1.weight"),
          "predict2-14b",
          new Official(
              "ModelMergeCosmosPredict2_14B", "", "blocks.0.adaln_modulation_mlp.1.weight"),
          "qwen",
          new Official("ModelMergeQwenImage", "", "transformer_blocks.0.img_mod.1.weight"));

  private final Path folder;

  private MiniatureModels(Path folder) {
    this.folder = folder;
  }

  static void write(Path folder) {
    MiniatureModels models = new MiniatureModels(folder);
    for (String style : List.of("photo", "anime", "base")) {
      models.checkpoint(style, "sd15", style);
    }
    for (String style : List.of("photo", "anime")) {
      models.checkpoint("sd21-" + style, "sd21", style);
      models.checkpoint("sdxl-" + style, "sdxl", style);
      models.checkpoint("sd3-" + style, "sd3", style);
      models.write(
          "diffusion_models/flux1-" + style,
          names(Layouts.load("flux-dev-unet"), _ -> true),
          style);
      OFFICIAL.forEach((family, model) ->
          models.write(
              "diffusion_models/" + family + "-" + style, names(model, model.prefix()), style));
    }
    models.write("text_encoders/clip_l", names(Layouts.load("sd15-clip"), _ -> true), "anime");
    models.encoder(Component.CLIP_G);
    models.encoder(Component.T5XXL);
    models.write("vae/vae-ft-mse", names(Layouts.load("sd15-vae"), _ -> true), "anime");
    models.others();
  }

  private static float[] row(float... values) {
    return values;
  }

  private void checkpoint(String name, String layout, String style) {
    write("checkpoints/" + name, names(Layouts.load(layout), _ -> true), style);
  }

  private void encoder(Component encoder) {
    String prefix = "text_encoders." + encoder.id() + ".transformer.";
    List<Named> own =
        names(Layouts.load("sd3"), entry -> entry.component() == encoder).stream()
            .filter(tensor -> tensor.name().startsWith(prefix))
            .map(tensor ->
                new Named(
                    tensor.name().substring(prefix.length()), tensor.rank(), tensor.columns()))
            .toList();
    write("text_encoders/" + encoder.id(), own, "photo");
  }

  private void others() {
    TinyCheckpoint mask = new TinyCheckpoint();
    for (Named tensor : names(Layouts.load("sd15"), entry -> entry.component() == Component.UNET)) {
      mask.with(tensor.name(), tensor.shape(), 0, 1);
    }
    mask.write(file("masks/style"));
    new TinyCheckpoint()
        .with("lora_unet_mid_block_attentions_0_proj_in.lora_down.weight", List.of(1, 1), 1)
        .with("lora_unet_mid_block_attentions_0_proj_in.lora_up.weight", List.of(2, 1), 1, 2)
        .with("lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", List.of(1, 1), 10)
        .with("lora_te_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", List.of(2, 1), 1, 2)
        .withMetadata("ss_tag_frequency", "{\"set\": {\"sea\": 3, \"tower\": 9, \"fog\": 1}}")
        .write(file("loras/style"));
    try {
      Files.writeString(
          Files.createDirectories(folder.resolve("gradients")).resolve("soft.json"),
          "{\"diffusion_model.out.2.weight\": 0.25}\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A tensor with two elements in its first dimension; without dimensions it has one.
  ///
  /// @param columns 1, or what tells text encoders apart
  private record Named(String name, int rank, int columns) {
    static Named of(TensorSpec spec) {
      Shape shape = spec.shape();
      boolean isWords = spec.name().endsWith("token_embedding.weight");
      return new Named(spec.name(), shape.rank(), isWords ? (int) shape.dimension(1) : 1);
    }

    List<Integer> shape() {
      List<Integer> shape = new ArrayList<>(Collections.nCopies(rank, 1));
      if (rank > 0) {
        shape.set(0, 2);
      }
      if (rank > 1) {
        shape.set(1, columns);
      }
      return shape;
    }

    float[] values(float... pair) {
      float[] values = new float[rank == 0 ? 1 : 2 * columns];
      for (int i = 0; i < values.length; i++) {
        values[i] = pair[i / columns];
      }
      return values;
    }
  }

  private static List<Named> names(Layout layout, Predicate<Layout.Entry> wanted) {
    return layout.tensors().values().stream()
        .filter(wanted)
        .filter(entry -> !entry.spec().shape().equals(Shape.of(0)))
        .map(entry -> Named.of(entry.spec()))
        .toList();
  }

  /// `blocks.7.` becomes `blocks.7.weight`; `scale_shift_table` is a tensor itself.
  private static List<Named> names(Official model, String prefix) {
    List<Named> names = new ArrayList<>(List.of(new Named(prefix + model.sign(), 2, 1)));
    NodeRegistry.all().type(model.node()).orElseThrow().inputs().stream()
        .filter(input -> input.type() == ValueType.FLOAT)
        .map(InputSpec::name)
        .map(start -> prefix + (start.endsWith(".") ? start + "weight" : start))
        .forEach(name -> names.add(new Named(name, 2, 1)));
    return names;
  }

  /// The names of a checkpoint's parts.
  static Set<String> names(String layout, Set<Component> parts) {
    Set<String> names = new TreeSet<>();
    names(Layouts.load(layout), entry -> parts.contains(entry.component()))
        .forEach(tensor -> names.add(tensor.name()));
    return names;
  }

  /// The names that ComfyUI's ModelSave gives a diffusion model without a layout.
  static Set<String> namesOf(String node) {
    Official model =
        OFFICIAL.values().stream()
            .filter(known -> known.node().equals(node))
            .findFirst()
            .orElseThrow();
    Set<String> names = new TreeSet<>();
    names(model, UNET).forEach(tensor -> names.add(tensor.name()));
    return names;
  }

  private void write(String file, List<Named> tensors, String style) {
    float[] values = STYLES.getOrDefault(style, row());
    TinyCheckpoint checkpoint = new TinyCheckpoint();
    for (Named tensor : tensors) {
      checkpoint.with(tensor.name(), tensor.shape(), tensor.values(values));
    }
    checkpoint.write(file(file));
  }

  private Path file(String name) {
    try {
      Path file = folder.resolve(name + ".safetensors");
      Files.createDirectories(file.getParent());
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
