package dev.mokume.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.MergeOptions;
import dev.mokume.Mokume;
import dev.mokume.checkpoint.TinyCheckpoint;
import dev.mokume.plan.PlannedTensor.Treatment;
import dev.mokume.recipe.RecipeReader;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuffersTest {
  @TempDir Path folder;

  @Test
  void positionIdsAreNotBlendedEvenWhereTheyAreFloats() {
    for (String model : new String[] {"a", "b"}) {
      new TinyCheckpoint()
          .f32("embeddings.position_ids", 0, 1, 2)
          .f32("alphas_cumprod", 0.5f)
          .f32("embeddings.weight", 1, 2, 3)
          .write(folder.resolve(model + ".safetensors"));
    }
    String recipe =
        """
        mokume: 1
        models: {a: a.safetensors, b: b.safetensors}
        output: {all: {weighted_sum: {a: a, b: b, alpha: 0.5}}}
        """;

    MergePlan plan =
        Mokume.plan(RecipeReader.read(recipe, "recipe", folder), MergeOptions.defaults());

    assertThat(plan.tensors())
        .extracting(tensor -> tensor.spec().name() + " " + tensor.treatment())
        .containsExactlyInAnyOrder(
            "embeddings.position_ids " + Treatment.COPIED,
            "alphas_cumprod " + Treatment.COPIED,
            "embeddings.weight " + Treatment.MERGED);
  }
}
