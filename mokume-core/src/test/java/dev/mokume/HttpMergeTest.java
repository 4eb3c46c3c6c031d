package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.RangeServer;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.plan.Provenance;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.RecipeReader;
import dev.mokume.recipe.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A merge in which a model is read over HTTP.
class HttpMergeTest {
  private static final int ELEMENTS = 900_000;

  @TempDir Path folder;

  private Path model(String file, float factor) {
    float[] values = new float[ELEMENTS];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i % 1009) * factor;
    }
    return new SmallCheckpoint()
        .with("second", values)
        .with("first", values)
        .with("third", 1, 2, 3)
        .write(folder.resolve(file));
  }

  private SmallCheckpoint merged(Path a, Path b) {
    SmallMerge merge = new SmallMerge(folder);
    merge.models.put("a", a);
    merge.models.put("b", b);
    Weights sum =
        new Weights.Sum(
            List.of(new Weights.Term(SmallMerge.A, 0.5), new Weights.Term(SmallMerge.B, 0.5)));
    return merge.merge(SmallMerge.only(Component.OTHER, sum));
  }

  @Test
  void eachByteIsAskedForOnce() throws IOException {
    Path a = model("a.safetensors", 0.25f);
    Path b = model("b.safetensors", -3f);
    SmallCheckpoint expected = merged(a, b);
    try (RangeServer server = new RangeServer()) {
      server.file("/a.safetensors", Files.readAllBytes(a));
      SmallCheckpoint result =
          merged(Checkpoints.place(server.origin() + "/a.safetensors?token=t0ken"), b);
      for (String name : List.of("first", "second", "third")) {
        assertThat(result.values(name)).isEqualTo(expected.values(name));
      }
      List<RangeServer.Request> asked = new ArrayList<>(server.requests());
      asked.removeIf(request -> !request.method().equals("GET"));
      asked.sort(Comparator.comparingLong(RangeServer.Request::from));
      for (int i = 1; i < asked.size(); i++) {
        assertThat(asked.get(i).from()).isEqualTo(asked.get(i - 1).to());
      }
      assertThat(server.asked()).isEqualTo(Files.size(a));
      assertThat(asked).hasSizeLessThan(20);
    }
    try (Checkpoint output = Checkpoints.open(folder.resolve("out.safetensors"))) {
      assertThat(output.metadata().get(Provenance.INPUTS))
          .startsWith("{\"a\":[{\"file\":\"a.safetensors\",\"bytes\":" + Files.size(a))
          .contains("\"version\":\"\\\"one\\\"\"}],\"b\":[{")
          .doesNotContain("t0ken");
    }
  }

  @Test
  void recipesNameAddresses() {
    Recipe recipe =
        RecipeReader.read(
            """
            mokume: 1
            models: {a: "https://example.org/a.ckpt?x=1", b: b.safetensors}
            output: {all: {weighted_sum: {a: a, b: b, alpha: 0.5}}}
            """,
            "r.yaml",
            folder);
    assertThat(recipe.models())
        .containsEntry("a", Checkpoints.place("https://example.org/a.ckpt?x=1"))
        .containsEntry("b", folder.resolve("b.safetensors"));
  }
}
