package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Result.Names;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Merges into folders in the layout of the diffusers library.
class PipelineOutputTest {
  private static final String UNET = "model.diffusion_model.";

  @TempDir Path folder;

  private final List<String> warnings = new ArrayList<>();
  private final MergeOptions options =
      MergeOptions.defaults()
          .withDurable(false)
          .withMemory(16 << 20)
          .withListener(
              new MergeListener() {
                @Override
                public void warned(String message) {
                  warnings.add(message);
                }
              });

  /// A miniature of SD 1.5's inpainting model, with what training leaves.
  private Path file() {
    return new SmallCheckpoint()
        .with(UNET + "input_blocks.0.0.weight", Shape.of(1, 9, 1, 1), new float[9])
        .with(
            UNET + "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight",
            DType.F16,
            Shape.of(1, 768),
            new float[768])
        .with("first_stage_model.encoder.down.0.block.0.conv1.weight", 1, 2)
        .with("first_stage_model.decoder.mid.attn_1.q.weight", Shape.of(2, 1, 1, 1), 3, 4)
        .with("cond_stage_model.transformer.text_model.encoder.layers.0.layer_norm1.weight", 5, 6)
        .with("betas", 1, 2, 3)
        .write(folder.resolve("file.safetensors"));
  }

  private static Recipe recipe(Path model, Result.Checkpoint result) {
    SequencedMap<String, Path> models = new LinkedHashMap<>(Map.of("a", model));
    return Recipe.of(models, result);
  }

  private static Result.Checkpoint everything() {
    return Result.Checkpoint.of(new LinkedHashMap<>()).withNames(Names.DIFFUSERS);
  }

  private Path out() {
    return folder.resolve("out");
  }

  private static JsonNode json(Path file) throws IOException {
    return JsonMapper.shared().readTree(Files.readAllBytes(file));
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void aFolderHasAFileAndAConfigurationOfEachPartAndAnIndex() throws IOException {
    List<MergeReport> reports = Mokume.mergePipeline(recipe(file(), everything()), out(), options);

    assertThat(reports).hasSize(3);
    assertThat(files(out()))
        .containsExactly(
            "model_index.json",
            "text_encoder/config.json",
            "text_encoder/model.safetensors",
            "unet/config.json",
            "unet/diffusion_pytorch_model.safetensors",
            "vae/config.json",
            "vae/diffusion_pytorch_model.safetensors");
    JsonNode index = json(out().resolve("model_index.json"));
    assertThat(index.get("_class_name").asString()).isEqualTo("StableDiffusionPipeline");
    assertThat(index.get("unet").toString()).isEqualTo("[\"diffusers\",\"UNet2DConditionModel\"]");
    assertThat(index.get("scheduler").toString()).isEqualTo("[\"diffusers\",\"PNDMScheduler\"]");
    assertThat(index.get("safety_checker").toString()).isEqualTo("[null,null]");
    JsonNode unet = json(out().resolve("unet/config.json"));
    assertThat(unet.get("in_channels").asInt()).isEqualTo(9);
    assertThat(unet.get("cross_attention_dim").asInt()).isEqualTo(768);
    assertThat(json(out().resolve("vae/config.json")).get("scaling_factor").asDouble())
        .isEqualTo(0.18215);
  }

  @Test
  void saysWhatItLacksAndWhatItLeavesOut() {
    Mokume.mergePipeline(recipe(file(), everything()), out(), options);

    assertThat(warnings)
        .contains(
            out()
                + ": other tensors of a (1 tensor) have no place in a folder in the layout of"
                + " diffusers and are left out.",
            out()
                + ": lacks 'scheduler', 'tokenizer', which no checkpoint holds: copy them from a"
                + " folder of a model of this kind, or give them to the diffusers library where the"
                + " folder is opened.");
  }

  @Test
  void theFolderIsTheModel() {
    Path file = file();
    Mokume.mergePipeline(recipe(file, everything()), out(), options);
    Path again = folder.resolve("again.safetensors");
    Mokume.merge(recipe(out(), Result.Checkpoint.of(new LinkedHashMap<>())), again, options);

    SmallCheckpoint before = SmallCheckpoint.read(file);
    SmallCheckpoint after = SmallCheckpoint.read(again);
    List<String> weights = new ArrayList<>(before.names());
    weights.remove("betas");
    assertThat(after.names()).containsExactlyInAnyOrderElementsOf(weights);
    for (String name : weights) {
      assertThat(after.spec(name)).isEqualTo(before.spec(name));
      assertThat(after.bytes(name)).as(name).isEqualTo(before.bytes(name));
    }
  }

  @Test
  void takesFromAFolderWhatACheckpointDoesNotHave() throws IOException {
    Path first = folder.resolve("first");
    Mokume.mergePipeline(recipe(file(), everything()), first, options);
    Files.createDirectory(first.resolve("scheduler"));
    Files.writeString(first.resolve("scheduler/scheduler_config.json"), "{\"my\": 1}");
    Files.createDirectory(first.resolve("tokenizer"));
    Files.writeString(first.resolve("tokenizer/merges.txt"), "a b");
    Files.writeString(first.resolve("vae/config.json"), "{\"mine\": true}");
    warnings.clear();

    Mokume.mergePipeline(recipe(first, everything()), out(), options);

    assertThat(Files.readString(out().resolve("scheduler/scheduler_config.json")))
        .isEqualTo("{\"my\": 1}");
    assertThat(Files.readString(out().resolve("tokenizer/merges.txt"))).isEqualTo("a b");
    assertThat(json(out().resolve("vae/config.json")).get("mine").asBoolean()).isTrue();
    assertThat(json(out().resolve("model_index.json")).get("tokenizer").toString())
        .isEqualTo("[\"transformers\",\"CLIPTokenizer\"]");
    assertThat(warnings).noneMatch(warning -> warning.contains("lacks"));
  }

  /// A folder whose U-Net says that it is quantised.
  private Path saidToBeQuantised() throws IOException {
    Path first = folder.resolve("first");
    Mokume.mergePipeline(recipe(file(), everything()), first, options);
    Files.writeString(
        first.resolve("unet/config.json"),
        "{\"in_channels\": 9, \"quantization_config\": {\"quant_method\": \"fp8\"}}");
    warnings.clear();
    return first;
  }

  @Test
  void aConfigurationSaysNothingOfQuantisedWeightsThatArePlain() throws IOException {
    Mokume.mergePipeline(
        recipe(saidToBeQuantised(), everything().withDtypes(Map.of(Component.UNET, DType.BF16))),
        out(),
        options);

    assertThat(json(out().resolve("unet/config.json")).toString()).isEqualTo("{\"in_channels\":9}");
    assertThat(warnings)
        .contains(
            out()
                + ": quantization_config is left out of the config.json of 'unet', whose weights"
                + " are plain now.");
  }

  @Test
  void whatIsCopiedIsStillQuantised() throws IOException {
    Mokume.mergePipeline(recipe(saidToBeQuantised(), everything()), out(), options);

    assertThat(json(out().resolve("unet/config.json")).has("quantization_config")).isTrue();
  }

  @Test
  void aPartThatNoModelHasIsNamedAndNotInTheIndex() throws IOException {
    Mokume.mergePipeline(
        recipe(file(), everything().withOnly(Set.of(Component.UNET, Component.VAE))),
        out(),
        options);

    assertThat(json(out().resolve("model_index.json")).get("text_encoder").toString())
        .isEqualTo("[null,null]");
    assertThat(warnings)
        .contains(
            out()
                + ": 'text_encoder' is not in the folder, since the CLIP-L text encoder is not to"
                + " be written.");
    try (Checkpoint opened = Checkpoints.open(out())) {
      assertThat(opened.tensors().keySet()).noneMatch(name -> name.startsWith("text_encoder"));
    }
  }

  @Test
  void anotherModelsPartHasItsPlace() {
    Path clip =
        new SmallCheckpoint()
            .with("text_model.encoder.layers.0.layer_norm1.weight", 8, 9)
            .write(folder.resolve("clip.safetensors"));
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("a", file());
    models.put("c", clip);
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(Component.CLIP_L, new Weights.Source("c"));

    Mokume.mergePipeline(
        Recipe.of(models, Result.Checkpoint.of(components).withNames(Names.DIFFUSERS)),
        out(),
        options);

    assertThat(
            SmallCheckpoint.read(out().resolve("text_encoder/model.safetensors"))
                .values("text_model.encoder.layers.0.layer_norm1.weight"))
        .containsExactly(8, 9);
  }

  @Test
  void aModelOfWhichFoldersAreNotWrittenIsRefusedAndNothingIsMade() {
    Path wan =
        new SmallCheckpoint()
            .with("head.modulation", Shape.of(1, 2, 1), 1, 2)
            .write(folder.resolve("wan.safetensors"));

    assertThatThrownBy(() -> Mokume.mergePipeline(recipe(wan, everything()), out(), options))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNWRITABLE_OUTPUT))
        .hasMessage(
            "names: diffusers makes a folder of SD 1.x, SD 2.x, SDXL, SD 3 or FLUX.1, but the"
                + " output is of WAN 2. Write a checkpoint file with names: as-stored.");
    assertThat(out()).doesNotExist();
  }

  @Test
  void aNameOfAFileIsNoFolder() {
    Path file = folder.resolve("out.safetensors");

    assertThatThrownBy(() -> Mokume.mergePipeline(recipe(file(), everything()), file, options))
        .hasMessage(
            file
                + ": is the name of a file, but names: diffusers of several components makes a"
                + " folder. Leave its extension out, or name one component in only.");
    assertThat(file).doesNotExist();
  }

  @Test
  void aMergeThatFailsLeavesNoFolder() {
    Path bad =
        new SmallCheckpoint()
            .with(UNET + "input_blocks.0.0.weight", Shape.of(1, 4, 1, 1), new float[4])
            .with("first_stage_model.decoder.mid.attn_1.q.weight", Float.NaN)
            .write(folder.resolve("bad.safetensors"));
    SequencedMap<String, Path> models = new LinkedHashMap<>(Map.of("a", file()));
    models.put("b", bad);
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(
        Component.UNET,
        new Weights.Sum(
            List.of(
                new Weights.Term(new Weights.Source("a"), 1),
                new Weights.Term(new Weights.Source("b"), 1))));

    assertThatThrownBy(() ->
            Mokume.mergePipeline(
                Recipe.of(models, Result.Checkpoint.of(components).withNames(Names.DIFFUSERS)),
                out(),
                options))
        .isInstanceOf(MokumeException.class);
    assertThat(out()).doesNotExist();
  }

  @Test
  void aFolderIsOnlyReplacedIfThatIsAllowed() throws IOException {
    Mokume.mergePipeline(recipe(file(), everything()), out(), options);

    assertThatThrownBy(() -> Mokume.mergePipeline(recipe(file(), everything()), out(), options))
        .isInstanceOf(MokumeException.class)
        .hasMessageContaining("exists already");
    Mokume.mergePipeline(recipe(file(), everything()), out(), options.withOverwrite(true));
    assertThat(files(out())).hasSize(7);
  }
}
