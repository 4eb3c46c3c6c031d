package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.lowrank.ExtractionOptions;
import dev.mokume.lowrank.ExtractionReport;
import dev.mokume.lowrank.FactorNames;
import dev.mokume.lowrank.RankChoice;
import dev.mokume.lowrank.RunSettings;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A LoRA that was extracted from two models, applied to the one, makes the other, as far as the
/// extraction says.
class LoraRoundTripTest {
  private static final String UNET = "model.diffusion_model.";
  private static final String LINEAR =
      UNET + "input_blocks.4.1.transformer_blocks.0.attn1.to_q.weight";
  private static final String CONVOLUTION = UNET + "input_blocks.1.0.in_layers.2.weight";
  private static final String BIAS = UNET + "input_blocks.1.0.in_layers.2.bias";
  private static final String LABEL = UNET + "label_emb.0.0.weight";
  private static final String FUSED =
      "conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight";

  @TempDir private Path folder;

  private static SmallCheckpoint model(long seed, boolean isSdxl) {
    SmallCheckpoint model =
        new SmallCheckpoint()
            .with(LINEAR, Shape.of(60, 50), random(seed, 3000))
            .with(CONVOLUTION, Shape.of(40, 20, 3, 3), random(seed + 1, 7200))
            .with(BIAS, random(seed + 2, 40));
    if (isSdxl) {
      model
          .with(LABEL, Shape.of(30, 20), random(seed + 3, 600))
          .with(FUSED, Shape.of(90, 30), random(seed + 4, 2700));
    }
    return model;
  }

  private static float[] random(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private void roundTrip(boolean isSdxl, FactorNames names) {
    Path base = model(1, isSdxl).write(folder.resolve("base.safetensors"));
    Path tuned = model(100, isSdxl).write(folder.resolve("tuned.safetensors"));
    Path lora = folder.resolve("lora.safetensors");
    ExtractionOptions options =
        ExtractionOptions.ofRank(new RankChoice.Fixed(8)).withNames(names).withSmallTensors(true);
    ExtractionReport report =
        Mokume.extractLora(
            tuned,
            base,
            lora,
            options,
            new RunSettings(
                2,
                64 << 20,
                false,
                AtomicFileOutput.Options.defaults().durable(false),
                () -> false,
                (_, _) -> {}));

    SmallCheckpoint applied = applied(base, lora);
    SmallCheckpoint wanted = SmallCheckpoint.read(tuned);
    // The three parts of a fused projection are layers of their own.
    report.layers().stream()
        .collect(Collectors.groupingBy(ExtractionReport.Layer::tensor))
        .forEach((tensor, layers) -> {
          double told = Math.sqrt(layers.stream().mapToDouble(l -> l.error() * l.error()).sum());
          double norm = Math.sqrt(layers.stream().mapToDouble(l -> l.norm() * l.norm()).sum());
          double left = distance(applied.values(tensor), wanted.values(tensor));
          assertThat(left).as(tensor).isCloseTo(told, within(1e-5 * norm));
          assertThat(told).as(tensor).isBetween(0.3 * norm, 0.99 * norm);
        });
    assertThat(report.layers()).hasSize(isSdxl ? 6 : 2);
    if (report.smallTensors() == 1) {
      assertThat(distance(applied.values(BIAS), wanted.values(BIAS))).isLessThan(0.02);
    }
  }

  private SmallCheckpoint applied(Path base, Path lora) {
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("a", base);
    Weights adapted =
        new Weights.Adapted(new Weights.Source("a"), lora, new Ratio.Constant(1), true);
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    for (Component component : Component.values()) {
      components.put(component, adapted);
    }
    Path output = folder.resolve("applied.safetensors");
    Mokume.merge(
        Recipe.of(models, Result.Checkpoint.of(components)),
        output,
        MergeOptions.defaults().withDurable(false).withOverwrite(true).withMemory(16 << 20));
    return SmallCheckpoint.read(output);
  }

  private static double distance(float[] a, float[] b) {
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      squares += Math.pow((double) a[i] - b[i], 2);
    }
    return Math.sqrt(squares);
  }

  @Test
  void sd15UnderKohyasNames() {
    roundTrip(false, FactorNames.KOHYA);
  }

  @Test
  void sd15UnderPeftsNames() {
    roundTrip(false, FactorNames.PEFT);
  }

  @Test
  void sdxlUnderKohyasNames() {
    roundTrip(true, FactorNames.KOHYA);
  }

  @Test
  void sdxlUnderPeftsNames() {
    roundTrip(true, FactorNames.PEFT);
  }

  @Test
  void sdxlUnderComfyUisNames() {
    roundTrip(true, FactorNames.COMFYUI);
  }
}
