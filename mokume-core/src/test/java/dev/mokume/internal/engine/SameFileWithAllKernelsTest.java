package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.MemorySink;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.internal.kernel.KernelKinds;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.plan.Planner;
import dev.mokume.plan.PreparedMerge;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Noise;
import dev.mokume.recipe.Normalization;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.SparseUpdate.Vote;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A merge that uses every family of kernels gives one file, whichever kernels this JVM runs, and
/// whichever JVM and processor this is: its digest is written down here.
class SameFileWithAllKernelsTest {
  private static final String DIGEST =
      "3d1c235f543f95114bc7e1c60f30bc83d69b9d106cb1c6c5b0bcf03479c3242b";

  private static final Weights A = new Weights.Source("a");
  private static final Weights B = new Weights.Source("b");

  @TempDir Path folder;

  /// Numbers that need all their bits, the same on every machine.
  private static float[] values(int count, int seed) {
    float[] values = new float[count];
    long state = seed;
    for (int i = 0; i < count; i++) {
      state = state * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
      values[i] = (state >> 40) * 0x1p-25f;
    }
    return values;
  }

  private Path model(String name, int seed) {
    SmallCheckpoint checkpoint = new SmallCheckpoint();
    int tensor = 0;
    for (DType dtype :
        List.of(DType.F32, DType.F16, DType.BF16, DType.F8_E4M3, DType.F8_E5M2, DType.F64)) {
      checkpoint.with(
          "block." + dtype + ".proj.weight",
          dtype,
          Shape.of(100, 111),
          values(11_100, seed + 10 * tensor++));
    }
    return checkpoint.write(folder.resolve(name + ".safetensors"));
  }

  private Recipe recipe() {
    Mask magnitude =
        new Mask.Magnitude(
            A, B, 0.8, new Mask.Quantile(Mask.Quantile.Rule.MEDIAN, 5000), Mask.Select.BELOW);
    Mask mask =
        new Mask.Combined(Mask.SetOperation.DIFFERENCE, magnitude, new Mask.Random(A, 0.9, 3));
    Weights dare =
        new Weights.Dare(
            A,
            B,
            new Ratio.Constant(0.75),
            new SparseUpdate(0.3, Vote.SUM, true, 11),
            3,
            Interpolation.SLERP,
            Optional.of(mask));
    Weights noisy =
        new Weights.InjectNoise(
            dare,
            new Noise.Gaussian(0, 0.01),
            0.5,
            7,
            "block",
            Interpolation.BISLERP,
            Optional.empty());
    Weights merged = new Weights.Normalize(noisy, B, Normalization.ALL, false);
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("a", model("a", 1));
    models.put("b", model("b", 2));
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(Component.OTHER, merged);
    return Recipe.of(models, Result.Checkpoint.of(components));
  }

  @Test
  void everySelectionOfKernelsGivesTheSameFile() throws Exception {
    Recipe recipe = recipe();
    for (var kind : KernelKinds.all().entrySet()) {
      assertThat(digest(recipe, kind.getValue()))
          .as("kernels: %s", kind.getKey())
          .isEqualTo(DIGEST);
    }
  }

  /// Of the tensors, not of the header, which says which Mokume wrote the file.
  private String digest(Recipe recipe, Kernels kernels) throws Exception {
    try (PreparedMerge merge = Planner.prepare(recipe, false)) {
      assertThat(merge.plan().problems()).isEmpty();
      MergeEngine engine =
          new MergeEngine(
              new EngineSettings(2, 8192, 8 << 20, null, folder, () -> false, _ -> {}), kernels);
      CheckpointLayout layout = merge.files().firstEntry().getValue();
      MemorySink sink = new MemorySink((int) layout.size());
      engine.measure(merge.measures());
      engine.run(merge.tasks(), List.of(sink));
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(sink.bytes(), layout.headerLength(), sink.written());
      return HexFormat.of().formatHex(digest.digest());
    }
  }
}
