package dev.mokume.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.internal.safetensors.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Folders in the layout of the diffusers library.
class PipelineFolderTest {
  private static final String INDEX =
      """
      {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": "0.30.0",
        "feature_extractor": ["transformers", "CLIPImageProcessor"],
        "image_encoder": [null, null],
        "requires_safety_checker": true,
        "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
        "scheduler": ["diffusers", "PNDMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"]
      }
      """;

  @TempDir Path folder;

  private Path part(String part, String file, String... tensors) throws IOException {
    Path inside = Files.createDirectories(folder.resolve(part));
    return Safetensors.writeScalars(inside.resolve(file), tensors);
  }

  private void index(String text) throws IOException {
    Files.writeString(folder.resolve("model_index.json"), text);
  }

  private void assertRefused(ErrorCode code, String message) {
    assertThatThrownBy(() -> Checkpoints.open(folder).close())
        .isInstanceOfSatisfying(MokumeException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessage(message);
  }

  @Test
  void isOneCheckpointWhoseTensorsAreCalledByTheirParts() throws IOException {
    index(INDEX);
    Path unet = part("unet", "diffusion_pytorch_model.safetensors", "conv_in.bias");
    Path vae = part("vae", "diffusion_pytorch_model.safetensors", "encoder.conv_in.bias");
    Path text = part("text_encoder", "model.safetensors", "a", "b");
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      assertThat(checkpoint.name()).isEqualTo(folder.toString());
      assertThat(checkpoint.tensors().sequencedKeySet())
          .containsExactly(
              "text_encoder.a", "text_encoder.b", "unet.conv_in.bias", "vae.encoder.conv_in.bias");
      assertThat(checkpoint.tensors().get("unet.conv_in.bias").name())
          .isEqualTo("unet.conv_in.bias");
      assertThat(Checkpoints.files(checkpoint)).containsExactly(text, unet, vae);
      assertThat(checkpoint.metadata()).isEmpty();
      assertThat(checkpoint.pipeline()).contains(folder);
      assertThat(checkpoint.notes())
          .extracting(Note::text)
          .containsExactly(
              folder
                  + ": is a folder in the layout of diffusers, read as one checkpoint of"
                  + " text_encoder, unet, vae.");
    }
  }

  @Test
  void tellsOfWeightsThatAreNoPartOfACheckpoint() throws IOException {
    index(INDEX);
    part("unet", "diffusion_pytorch_model.safetensors", "a");
    part("safety_checker", "model.safetensors", "b");
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("unet.a");
      assertThat(checkpoint.notes().getLast().text())
          .isEqualTo(
              folder
                  + ": the weights in 'safety_checker' are no part of a checkpoint and stay"
                  + " unread.");
    }
  }

  @Test
  void prefersThePlainFileToItsVariants() throws IOException {
    index(INDEX);
    part("unet", "diffusion_pytorch_model.fp16.safetensors", "half");
    part("unet", "diffusion_pytorch_model.non_ema.safetensors", "other");
    part("unet", "diffusion_pytorch_model.safetensors", "plain");
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("unet.plain");
      assertThat(checkpoint.notes().getLast().text())
          .isEqualTo(
              folder + ": has other variants of its weights, which stay unread: fp16, non_ema.");
    }
  }

  @Test
  void readsTheVariantThatIsAskedFor() throws IOException {
    index(INDEX);
    part("unet", "diffusion_pytorch_model.fp16.safetensors", "half");
    part("unet", "diffusion_pytorch_model.non_ema.safetensors", "other");
    part("unet", "diffusion_pytorch_model.safetensors", "plain");
    part("vae", "diffusion_pytorch_model.safetensors", "plain");
    Path variant = Checkpoints.variant(folder, "fp16");
    try (Checkpoint checkpoint = Checkpoints.open(variant)) {
      assertThat(variant).isEqualTo(folder.resolve("model_index.fp16.json"));
      assertThat(checkpoint.tensors()).containsOnlyKeys("unet.half", "vae.plain");
      assertThat(checkpoint.pipeline()).contains(folder);
      assertThat(checkpoint.notes())
          .extracting(Note::text)
          .containsExactly(
              variant
                  + ": is a folder in the layout of diffusers, read as one checkpoint of unet,"
                  + " vae.",
              variant + ": vae is not of the variant fp16, which it does not have.",
              variant
                  + ": has other variants of its weights, which stay unread: (plain), non_ema.");
    }
    try (Checkpoint checkpoint = Checkpoints.open(folder.resolve("model_index.json"))) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("unet.plain", "vae.plain");
    }
  }

  @Test
  void aVariantThatNoPartHas() throws IOException {
    index(INDEX);
    part("unet", "diffusion_pytorch_model.safetensors", "plain");
    part("unet", "diffusion_pytorch_model.fp16.safetensors", "half");
    assertThatThrownBy(() -> Checkpoints.open(Checkpoints.variant(folder, "bf16")).close())
        .hasMessage(folder + ": has no weights of the variant 'bf16'; it has 'fp16'.");
    assertThatThrownBy(() -> Checkpoints.variant(folder, "../x"))
        .hasMessage(
            "a variant cannot be called '../x'; names have letters, digits and underscores, as in"
                + " fp16.");
    assertThat(Checkpoints.variant(folder.resolve("unet"), "fp16"))
        .isEqualTo(folder.resolve("unet"));
  }

  @Test
  void takesTheOnlyVariant() throws IOException {
    index(INDEX);
    part("unet", "diffusion_pytorch_model.fp16.safetensors", "half");
    part("text_encoder", "model.fp16.safetensors", "half");
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("text_encoder.half", "unet.half");
    }
  }

  @Test
  void doesNotChooseAmongVariants() throws IOException {
    index(INDEX);
    part("unet", "diffusion_pytorch_model.fp16.safetensors", "half");
    part("unet", "diffusion_pytorch_model.non_ema.safetensors", "other");
    assertRefused(
        ErrorCode.UNREADABLE_INPUT,
        folder.resolve("unet")
            + ": holds several variants of its weights and no plain one,"
            + " 'diffusion_pytorch_model.fp16.safetensors',"
            + " 'diffusion_pytorch_model.non_ema.safetensors'; say which one is meant, as with"
            + " --variant fp16.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".fp16"})
  void readsShards(String variant) throws IOException {
    index(INDEX);
    String shards = "model" + variant + "-0000%d-of-00002.safetensors";
    part("text_encoder", shards.formatted(1), "a");
    part("text_encoder", shards.formatted(2), "b");
    Files.writeString(
        folder.resolve("text_encoder/model.safetensors.index" + variant + ".json"),
        "{\"weight_map\":{\"a\":\"%s\",\"b\":\"%s\"}}"
            .formatted(shards.formatted(1), shards.formatted(2)));
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("text_encoder.a", "text_encoder.b");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"../evil", "/evil", ".hidden", "a\\\\b", "c:", " "})
  void aPartIsAFolderBesideTheIndex(String name) throws IOException {
    index("{\"" + name + "\": [\"diffusers\", \"UNet2DConditionModel\"]}");
    assertThatThrownBy(() -> Checkpoints.open(folder).close())
        .isInstanceOfSatisfying(
            MokumeException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_CHECKPOINT);
              assertThat(e.getMessage())
                  .startsWith(folder.resolve("model_index.json") + ": has a part '")
                  .endsWith(
                      "', but a part is a folder beside the index, named without others. Do not"
                          + " use this folder unless you trust where it comes from.");
            });
  }

  @Test
  void aFolderWithoutWeights() throws IOException {
    index(INDEX);
    Files.createDirectory(folder.resolve("unet"));
    assertRefused(
        ErrorCode.UNREADABLE_INPUT,
        folder
            + ": is a folder in the layout of diffusers, but none of the parts that its"
            + " model_index.json names has weights in it; fetch the whole folder, or name a"
            + " checkpoint file.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{\"unet\": [", "{\"unet\": [\"a\", \"b\"], \"unet\": 1}"})
  void anIndexThatIsNoJson(String text) throws IOException {
    index(text);
    assertRefused(
        ErrorCode.MALFORMED_CHECKPOINT,
        folder.resolve("model_index.json")
            + (text.isEmpty()
                ? ": is not a JSON object, so it names no parts of a model."
                : ": is not JSON: the file is damaged."));
  }

  @Test
  void anIndexThatIsTooLong() throws IOException {
    index(" ".repeat(1 << 20) + "{}");
    assertRefused(
        ErrorCode.MALFORMED_CHECKPOINT,
        folder.resolve("model_index.json")
            + ": is longer than 1048576 bytes, the most that is allowed.");
  }

  @Test
  void tellsAllPartsThatCannotBeOpened() throws IOException {
    index(INDEX);
    part("unet", "diffusion_pytorch_model.safetensors", "a");
    for (String part : new String[] {"text_encoder", "vae"}) {
      Files.createDirectories(folder.resolve(part));
      Files.writeString(folder.resolve(part + "/model.safetensors"), "<html>");
    }
    assertThatThrownBy(() -> Checkpoints.open(folder).close())
        .isInstanceOfSatisfying(
            MokumeException.class,
            e ->
                assertThat(e.problems())
                    .extracting(Problem::message)
                    .satisfiesExactly(
                        text -> assertThat(text).contains("text_encoder", "is a web page"),
                        text -> assertThat(text).contains("vae", "is a web page")));
  }
}
