package dev.mokume.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.mokume.MergeOptions;
import dev.mokume.Mokume;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Layouts;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A LoRA in the first naming there was, `unet:17:up`, on a checkpoint with the names of Stable
/// Diffusion 1.5: exactly the tensors that it is for change, by as much as it says.
///
/// The miniature has the names and the number of modules of the first LoRAs, and a fortieth of each
/// width. `-Dmokume.real.lora=FILE` tries a real one, which takes `-Dmokume.test.jvm=-Xmx6g`.
class EarlyLoraTest {
  private static final String REAL = "mokume.real.lora";
  private static final double STRENGTH = 0.75;

  @TempDir Path folder;

  /// The modules in the order in which the files count them, in the checkpoint's names.
  private static List<String> unetModules() {
    List<String> modules = new ArrayList<>();
    List<String> blocks = new ArrayList<>();
    for (int block : new int[] {1, 2, 4, 5, 7, 8}) {
      blocks.add("input_blocks." + block);
    }
    for (int block = 3; block <= 11; block++) {
      blocks.add("output_blocks." + block);
    }
    blocks.add("middle_block");
    for (String block : blocks) {
      String transformer = "model.diffusion_model." + block + ".1.transformer_blocks.0.";
      for (String module :
          List.of(
              "attn1.to_q",
              "attn1.to_k",
              "attn1.to_v",
              "attn1.to_out.0",
              "ff.net.0.proj",
              "attn2.to_q",
              "attn2.to_k",
              "attn2.to_v",
              "attn2.to_out.0")) {
        modules.add(transformer + module + ".weight");
      }
    }
    return modules;
  }

  private static List<String> encoderModules() {
    List<String> modules = new ArrayList<>();
    for (int layer = 0; layer < 12; layer++) {
      for (String module : List.of("k_proj", "v_proj", "q_proj", "out_proj")) {
        modules.add(
            "cond_stage_model.transformer.text_model.encoder.layers."
                + layer
                + ".self_attn."
                + module
                + ".weight");
      }
    }
    return modules;
  }

  @Test
  void changesExactlyWhatItIsFor() throws Exception {
    check(Path.of(getClass().getResource("early-names.safetensors").toURI()));
  }

  @Test
  void aRealOne() {
    assumeThat(System.getProperty(REAL)).as("-D" + REAL).isNotNull();
    check(Path.of(System.getProperty(REAL)));
  }

  /// The checkpoint has the layout's names; what the LoRA changes is as large as it is there, and
  /// all else holds two numbers.
  private void check(Path file) {
    SmallCheckpoint lora = SmallCheckpoint.read(file);
    Map<String, String> changed = new LinkedHashMap<>();
    List<String> unet = unetModules();
    List<String> encoder = encoderModules();
    for (int i = 0; i < unet.size(); i++) {
      changed.put(unet.get(i), "unet:" + i);
    }
    for (int i = 0; i < encoder.size(); i++) {
      changed.put(encoder.get(i), "text_encoder:" + i);
    }
    SmallCheckpoint model = new SmallCheckpoint();
    for (TensorSpec spec : Layouts.load("sd15").specs()) {
      String module = changed.get(spec.name());
      if (!spec.dtype().isBlendable()) {
        continue;
      }
      if (module == null) {
        model.with(spec.name(), spec.dtype(), Shape.of(2), 0.5f, -0.25f);
      } else {
        int rows = (int) lora.spec(module + ":up").shape().dimension(0);
        int columns = (int) lora.spec(module + ":down").shape().dimension(1);
        Plain weight = Plain.random(spec.name().hashCode(), rows, columns);
        model.with(spec.name(), Shape.of(rows, columns), weight.floats());
      }
    }

    SmallCheckpoint result = apply(model, file);
    assertThat(result.names()).containsExactlyInAnyOrderElementsOf(model.names());
    int found = 0;
    for (String name : model.names()) {
      String module = changed.get(name);
      if (module == null) {
        assertThat(result.bytes(name)).as(name).isEqualTo(model.bytes(name));
      } else {
        assertChanged(name, model, lora, module, result);
        found++;
      }
    }
    assertThat(found).isEqualTo(144 + 48);
  }

  private static void assertChanged(
      String name,
      SmallCheckpoint model,
      SmallCheckpoint lora,
      String module,
      SmallCheckpoint result) {
    Plain expected =
        matrix(model, name)
            .plus(matrix(lora, module + ":up").times(matrix(lora, module + ":down")), STRENGTH);
    float[] values = result.values(name);
    assertThat(values).hasSize(expected.values().length);
    double largest = 0;
    for (int i = 0; i < values.length; i++) {
      largest = Math.max(largest, Math.abs(values[i] - expected.values()[i]));
    }
    assertThat(largest).as("%s of %s", module, name).isLessThan(1e-6);
    assertThat(values).as("%s of %s", module, name).isNotEqualTo(model.values(name));
  }

  private static Plain matrix(SmallCheckpoint checkpoint, String name) {
    Shape shape = checkpoint.spec(name).shape();
    float[] floats = checkpoint.values(name);
    double[] values = new double[floats.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = floats[i];
    }
    return Plain.of((int) shape.dimension(0), (int) shape.dimension(1), values);
  }

  private SmallCheckpoint apply(SmallCheckpoint model, Path file) {
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("a", model.write(folder.resolve("a.safetensors")));
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    Weights adapted =
        new Weights.Adapted(new Weights.Source("a"), file, new Ratio.Constant(STRENGTH), true);
    components.put(Component.UNET, adapted);
    components.put(Component.CLIP_L, adapted);
    Path output = folder.resolve("out.safetensors");
    Mokume.merge(
        Recipe.of(models, Result.Checkpoint.of(components)),
        output,
        MergeOptions.defaults().withDurable(false).withMemory(64 << 20));
    return SmallCheckpoint.read(output);
  }
}
