package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.mokume.analysis.Comparison;
import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.plan.MergePlan;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Noise;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Result.Names;
import dev.mokume.recipe.Weights;
import dev.mokume.sweep.Axis;
import dev.mokume.sweep.Sweep;
import dev.mokume.sweep.SweepOptions;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A folder in the layout of the diffusers library is merged as the checkpoint file that holds the
/// same model.
class PipelineMergeTest {
  private static final MergeOptions OPTIONS =
      MergeOptions.defaults().withOverwrite(true).withDurable(false).withMemory(16 << 20);

  private static final String UNET = "model.diffusion_model.";
  private static final String VAE = "first_stage_model.";
  private static final String CLIP = "cond_stage_model.transformer.";

  @TempDir Path folder;

  private Path file;
  private Path other;
  private Path pipeline;

  /// A miniature of SD 1.5.
  private static SmallCheckpoint model(float value) {
    return new SmallCheckpoint()
        .with(UNET + "input_blocks.0.0.weight", Shape.of(1, 4, 1, 1), value, 1, 2, 3)
        .with(
            UNET + "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight",
            DType.F16,
            Shape.of(1, 768),
            new float[768])
        .with(UNET + "middle_block.0.in_layers.2.weight", value, value + 1)
        .with(UNET + "output_blocks.2.1.conv.bias", value + 2)
        .with(VAE + "encoder.down.0.block.0.conv1.weight", Shape.of(1, 2), value, -value)
        .with(VAE + "decoder.mid.attn_1.q.weight", Shape.of(2, 1, 1, 1), value, 7)
        .with(
            CLIP + "text_model.embeddings.token_embedding.weight",
            DType.F16,
            Shape.of(1, 768),
            new float[768])
        .with(CLIP + "text_model.encoder.layers.0.layer_norm1.weight", value, 5);
  }

  @BeforeEach
  void write() throws IOException {
    file = model(1).write(folder.resolve("file.safetensors"));
    other = model(3).write(folder.resolve("other.safetensors"));
    pipeline = Files.createDirectory(folder.resolve("pipeline"));
    Files.writeString(
        pipeline.resolve("model_index.json"),
        """
        {"_class_name": "StableDiffusionPipeline",
         "unet": ["diffusers", "UNet2DConditionModel"],
         "vae": ["diffusers", "AutoencoderKL"],
         "text_encoder": ["transformers", "CLIPTextModel"]}
        """);
    part(Component.UNET, "unet/diffusion_pytorch_model.safetensors");
    part(Component.VAE, "vae/diffusion_pytorch_model.safetensors");
    part(Component.CLIP_L, "text_encoder/model.safetensors");
  }

  private void part(Component component, String name) throws IOException {
    Path target = pipeline.resolve(name);
    Files.createDirectories(target.getParent());
    Result result =
        Result.Checkpoint.of(new LinkedHashMap<>())
            .withOnly(Set.of(component))
            .withNames(Names.DIFFUSERS);
    SequencedMap<String, Path> models = new LinkedHashMap<>(Map.of("a", file));
    Mokume.merge(Recipe.of(models, result), target, OPTIONS);
  }

  private static Recipe recipe(Path a, Path b, Result result) {
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("a", a);
    models.put("b", b);
    return Recipe.of(models, result);
  }

  private SmallCheckpoint merged(Path a, Path b, Result result) {
    Path out = folder.resolve("out.safetensors");
    Mokume.merge(recipe(a, b, result), out, OPTIONS);
    return SmallCheckpoint.read(out);
  }

  private static Result.Checkpoint half() {
    Weights half =
        new Weights.Interpolate(
            Interpolation.LINEAR, A, B, new Ratio.Constant(0.5), Optional.empty());
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    for (Component component : new Component[] {Component.UNET, Component.VAE, Component.CLIP_L}) {
      components.put(component, half);
    }
    return Result.Checkpoint.of(components);
  }

  private static void assertSame(SmallCheckpoint actual, SmallCheckpoint expected) {
    assertThat(actual.names()).containsExactlyElementsOf(expected.names());
    for (String name : expected.names()) {
      assertThat(actual.spec(name)).isEqualTo(expected.spec(name));
      assertThat(actual.bytes(name)).as(name).isEqualTo(expected.bytes(name));
    }
  }

  @Test
  void aSweepTakesItToo() throws IOException {
    String variant = "alpha=0.25.safetensors";
    assertSame(
        SmallCheckpoint.read(swept(pipeline).resolve(variant)),
        SmallCheckpoint.read(swept(file).resolve(variant)));
  }

  private Path swept(Path model) throws IOException {
    Path results = Files.createDirectory(folder.resolve("of " + model.getFileName()));
    Sweep sweep =
        Sweep.of(
            recipe(model, other, half()),
            List.of(Axis.parse("alpha=0.25,0.75")),
            MergeMethods.installed(),
            Sweep.USUAL_MOST);
    Mokume.sweep(sweep, results, SweepOptions.defaults(), OPTIONS);
    return results;
  }

  @Test
  void holdsPartsByTheNamesOfTheLibrary() {
    assertThat(
            SmallCheckpoint.read(pipeline.resolve("unet/diffusion_pytorch_model.safetensors"))
                .names())
        .containsExactlyInAnyOrder(
            "conv_in.weight",
            "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight",
            "mid_block.resnets.0.conv1.weight",
            "up_blocks.0.upsamplers.0.conv.bias");
    SmallCheckpoint vae =
        SmallCheckpoint.read(pipeline.resolve("vae/diffusion_pytorch_model.safetensors"));
    assertThat(vae.spec("decoder.mid_block.attentions.0.to_q.weight").shape())
        .isEqualTo(Shape.of(2, 1));
  }

  @Test
  void isTheFirstOfTwoModels() {
    assertSame(merged(pipeline, other, half()), merged(file, other, half()));
  }

  @Test
  void isTheSecondOfTwoModels() {
    assertSame(merged(other, pipeline, half()), merged(other, file, half()));
  }

  @Test
  void drawsTheSameRandomNumbers() {
    Weights noisy =
        new Weights.InjectNoise(
            A, new Noise.Uniform(), 1, 5, "*", Interpolation.LINEAR, Optional.empty());
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(Component.UNET, noisy);
    components.put(Component.CLIP_L, noisy);
    Result result = Result.Checkpoint.of(components);

    assertSame(merged(pipeline, other, result), merged(file, other, result));
  }

  @Test
  void thePlanSaysWhatIsConverted() {
    MergePlan plan = Mokume.plan(recipe(other, pipeline, half()), OPTIONS);

    assertThat(plan.problems()).isEmpty();
    assertThat(plan.notes())
        .contains(
            pipeline
                + ": is a folder in the layout of diffusers, read as one checkpoint of unet, vae,"
                + " text_encoder.",
            "b: names of the diffusion model are read as model.diffusion_model.*, names of the"
                + " CLIP-L text encoder are read as cond_stage_model.transformer.*, names of the"
                + " VAE are read as first_stage_model.*.");
  }

  @Test
  void differsInNothingFromTheFile() {
    Comparison comparison = Mokume.diff(file, pipeline, null, OPTIONS);

    assertThat(comparison.onlyInFirst()).isEmpty();
    assertThat(comparison.onlyInSecond()).isEmpty();
    assertThat(comparison.components())
        .extracting(Comparison.Row::component, Comparison.Row::changed)
        .containsExactly(
            tuple(Component.UNET, 0.0), tuple(Component.CLIP_L, 0.0), tuple(Component.VAE, 0.0));
    assertThat(Mokume.diff(pipeline, other, null, OPTIONS).components().getFirst().changed())
        .isPositive();
  }
}
