package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Result.Names;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
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
    SmallCheckpoint small = LayoutMiniature.of(layout);
    Set<Component> present = LayoutMiniature.components(layout);
    Path whole = small.write(folder.resolve("whole.safetensors"));

    SequencedMap<String, Path> parts = new LinkedHashMap<>();
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    for (Component component : present) {
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
}
