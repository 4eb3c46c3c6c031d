package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.Layout;
import dev.mokume.architecture.Layouts;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Result.Names;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every tensor of real layouts, under its real name and of a size that a test can afford: each
/// component to a file of its own, and all of them back into a checkpoint.
class LayoutRoundTripTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"sd15", "sd21", "sdxl", "sdxl-vpred", "sd3", "flux-dev"})
  void everyTensorComesBackFromBareFiles(String layout) {
    assertComesBack(
        layout,
        Names.BARE,
        names ->
            assertThat(names)
                .noneMatch(name -> name.startsWith("model.d") || name.startsWith("cond"))
                .noneMatch(name -> name.startsWith("text_enc") || name.contains("in_proj")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sd15",
        "sd15-inpaint",
        "sd21",
        "sdxl",
        "sdxl-vpred",
        "sd3",
        "flux-dev",
        "flux-schnell"
      })
  void everyTensorComesBackFromFilesWithTheNamesOfDiffusers(String layout) {
    assertComesBack(
        layout,
        Names.DIFFUSERS,
        names ->
            assertThat(names)
                .noneMatch(name -> name.startsWith("input_blocks") || name.contains("in_proj"))
                .noneMatch(name -> name.contains("qkv") || name.contains("mid.attn_1")));
  }

  private void assertComesBack(String layout, Names names, Consumer<List<String>> asNamed) {
    Layout real = Layouts.load(layout);
    SmallCheckpoint small = new SmallCheckpoint();
    Map<Component, Integer> counts = new TreeMap<>();
    Random random = new Random(1);
    real.tensors()
        .forEach((name, entry) -> {
          TensorSpec spec = entry.spec();
          byte[] bytes =
              new byte
                  [Math.toIntExact(small(name, spec.shape()).elementCount())
                      * spec.dtype().bits()
                      / 8];
          random.nextBytes(bytes);
          small.withBytes(name, spec.dtype(), small(name, spec.shape()), bytes);
          counts.merge(entry.component(), 1, Integer::sum);
        });
    Path whole = small.write(folder.resolve("whole.safetensors"));

    SequencedMap<String, Path> parts = new LinkedHashMap<>();
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    for (Component component : counts.keySet()) {
      Path part = folder.resolve(component.id() + ".safetensors");
      write(
          Map.of("whole", whole),
          Result.Checkpoint.of(new LinkedHashMap<>()).withOnly(Set.of(component)).withNames(names),
          part);
      parts.put(component.id(), part);
      components.put(component, new Weights.Source(component.id()));
      asNamed.accept(SmallCheckpoint.read(part).names());
    }
    assertThat(parts.firstEntry().getKey()).isEqualTo("unet");

    Path again = folder.resolve("again.safetensors");
    write(parts, Result.Checkpoint.of(components).withNames(Names.CHECKPOINT), again);
    SmallCheckpoint back = SmallCheckpoint.read(again);
    assertThat(back.names()).containsExactlyInAnyOrderElementsOf(small.names());
    for (String name : small.names()) {
      assertThat(back.spec(name)).isEqualTo(small.spec(name));
      assertThat(back.bytes(name)).as(name).isEqualTo(small.bytes(name));
    }
  }

  private static void write(Map<String, Path> models, Result result, Path output) {
    MergeOptions options = MergeOptions.defaults().withDurable(false).withMemory(16 << 20);
    Mokume.merge(Recipe.of(new LinkedHashMap<>(models), result), output, options);
  }

  /// Of the real rank and as small as may be: what tells an architecture keeps its width, what is
  /// cut in parts keeps a row of each, and what is turned is no square.
  private static Shape small(String name, Shape real) {
    long[] shape = new long[real.rank()];
    for (int i = 0; i < shape.length; i++) {
      boolean tells =
          i == 1
              && (name.endsWith("token_embedding.weight")
                  || name.endsWith("attn2.to_k.weight")
                  || name.endsWith("input_blocks.0.0.weight"));
      shape[i] = tells ? real.dimension(i) : 1;
    }
    if (name.contains(".in_proj_") || name.contains(".qkv.")) {
      shape[0] = 3;
    } else if (name.contains(".linear1.")) {
      shape[0] = 7;
    } else if (name.contains("adaLN_modulation")) {
      // Twice the columns shifts and scales alone.
      shape[0] = real.dimension(0) / 1536 % 6 == 0 ? 6 : 2;
    } else if (name.contains("text_projection")) {
      shape[0] = 2;
      shape[1] = 3;
    }
    return Shape.of(shape);
  }
}
