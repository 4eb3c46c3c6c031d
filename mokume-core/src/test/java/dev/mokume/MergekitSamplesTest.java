package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.recipe.mergekit.HuggingFaceCache;
import dev.mokume.recipe.mergekit.MergekitConfig;
import dev.mokume.recipe.mergekit.MergekitOptions;
import dev.mokume.recipe.mergekit.MergekitRecipe;
import dev.mokume.recipe.mergekit.ModelPlaces;
import dev.mokume.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The configs in `samples/mergekit` make models that load, with the numbers that they ask for.
class MergekitSamplesTest {
  private static final Path SAMPLES = Path.of("../samples/mergekit");

  @TempDir private Path folder;

  /// Elements of layer i of the base are i + 1; the other models' are 1, 2 and 4 more.
  @BeforeEach
  void writeModels() {
    new TinyLlama(0, 8).write(folder.resolve("models/base"));
    new TinyLlama(1, 8).write(folder.resolve("models/chat"));
    new TinyLlama(2, 8).write(folder.resolve("models/code"));
    new TinyLlama(4, 8).write(folder.resolve("models/prose"));
  }

  private LoadedModel run(String sample) {
    MergekitRecipe recipe =
        MergekitRecipe.of(
            MergekitConfig.read(SAMPLES.resolve(sample)).getFirst(),
            new ModelPlaces(List.of(folder), new HuggingFaceCache(folder.resolve("hub")), Map.of()),
            MergekitOptions.defaults());
    assertThat(recipe.notes()).isEmpty();
    Path out = folder.resolve("out");
    Mokume.mergeModel(
        recipe,
        ModelFolder.of(out),
        MergeOptions.defaults().withDurable(false).withMemory(16 << 20));
    return LoadedModel.of(out);
  }

  private static String attention(int layer) {
    return "model.layers." + layer + ".self_attn.q_proj.weight";
  }

  private static String feedForward(int layer) {
    return "model.layers." + layer + ".mlp.up_proj.weight";
  }

  @Test
  void linear() {
    LoadedModel model = run("linear.yml");

    float mean = (1 * 1 + 0.3f * 2 + 0.5f * 4) / 1.8f;
    assertThat(model.first("model.norm.weight")).isCloseTo(mean, within(1e-3f));
    assertThat(model.first(attention(7))).isCloseTo(8 + mean, within(1e-2f));
    assertThat(model.config.get("torch_dtype").stringValue()).isEqualTo("float16");
    assertThat(SmallCheckpoint.read(model.file(attention(0))).spec(attention(0)).dtype())
        .isEqualTo(DType.F16);
  }

  /// In the first layer only chat has a weight for attention; in the last one chat and code have 1
  /// each. Of elements that are alike none is dropped.
  @Test
  void tiesWithGradientsAndFilters() {
    LoadedModel model = run("ties.yml");

    assertThat(model.values(attention(0))).containsOnly(2);
    assertThat(model.values(attention(7))).containsOnly(9.5f);
    assertThat(model.values("lm_head.weight")).containsOnly(1);
  }

  /// The models' tensors are parallel, so that the arc is a straight line.
  @Test
  void slerpWithAGradient() {
    LoadedModel model = run("gradient-slerp.yml");

    assertThat(model.first(attention(0))).isEqualTo(2);
    assertThat(model.first(feedForward(0))).isEqualTo(3.5f);
    assertThat(model.first(attention(7))).isEqualTo(10);
    assertThat(model.first(feedForward(7))).isEqualTo(9.5f);
    assertThat(model.first("model.layers.3.input_layernorm.weight")).isEqualTo(5.5f);
    assertThat(model.first("model.embed_tokens.weight")).isEqualTo(1.5f);
  }

  /// Half of 1 and half of 4 are added up.
  @Test
  void tiesWithoutDividing() {
    LoadedModel model = run("bio-merge.yml");

    assertThat(model.values(attention(2))).containsOnly(5.5f);
  }

  @Test
  void frankenmerge() {
    LoadedModel model = run("frankenmerge.yml");

    assertThat(model.layers()).isEqualTo(10);
    assertThat(model.first(attention(4))).isEqualTo(6);
    assertThat(model.first(attention(5))).isEqualTo(6);
    assertThat(model.first(attention(9))).isEqualTo(10);
    assertThat(model.first("model.embed_tokens.weight")).isEqualTo(1);
    assertThat(model.first("lm_head.weight")).isEqualTo(2);
  }

  /// All elements of a tensor differ alike, so that none is below what is usual.
  @Test
  void arceeFusion() {
    LoadedModel model = run("arcee-fusion.yml");

    assertThat(model.values(attention(3))).containsOnly(5);
  }
}
