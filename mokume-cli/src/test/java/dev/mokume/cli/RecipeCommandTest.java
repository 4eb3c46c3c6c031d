package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeCommandTest {
  private static final String MODELS =
      """
      mokume: 1
      models: {photo: checkpoints/photo.safetensors, anime: checkpoints/anime.safetensors}
      """;

  @TempDir private Path folder;

  private Run asWorkflow(String recipe) {
    try {
      Path file = Files.writeString(folder.resolve("recipe.yaml"), MODELS + recipe);
      return Run.of("recipe", "as-workflow", file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aRecipeAsTheGraphThatRunRuns() throws IOException {
    Path checkpoints = Files.createDirectories(folder.resolve("checkpoints"));
    TinyCheckpoint.stableDiffusion(1, 2).write(checkpoints.resolve("photo.safetensors"));
    TinyCheckpoint.stableDiffusion(3, 6).write(checkpoints.resolve("anime.safetensors"));

    Run printed = asWorkflow("output: {unet: {weighted_sum: {a: photo, b: anime, alpha: 0.25}}}");

    assertThat(printed.err()).isEmpty();
    Path graph = Files.writeString(folder.resolve("graph.json"), printed.out());
    Path output = folder.resolve("output");
    Run run = Run.of("run", graph, "--models", folder, "--output-dir", output, "--no-fsync");
    assertThat(run.err()).isEmpty();
    assertThat(
            TinyCheckpoint.read(
                output.resolve("checkpoints/mokume_00001_.safetensors"), TinyCheckpoint.IN))
        .containsExactly(1.5f, 3);
  }

  @Test
  void whatNoNodeDoesIsRefusedByName() {
    Run run = asWorkflow("output: {unet: photo}\nema: drop\n");

    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .isEqualTo(
            "mokume: the recipe cannot be a graph of nodes: ema: no node knows of a training"
                + " average; give mokume run --ema.\n");
    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.INVALID_RECIPE));
  }
}
