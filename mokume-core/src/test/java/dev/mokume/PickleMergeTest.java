package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import dev.mokume.plan.MergePlan;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Merges in which a model is a PyTorch file.
class PickleMergeTest {
  @TempDir Path folder;

  private static Path torch(String name) throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(PickleMergeTest.class.getResource("/torch/" + name)).toURI());
  }

  /// A model with some tensors of the files in the resources, and other values.
  private Path other() {
    float[] values = new float[480];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 37 % 101 - 50) / 64f;
    }
    return new SmallCheckpoint()
        .with("a.weight", Shape.of(16, 8), Arrays.copyOf(values, 128))
        .with("transposed", Shape.of(12, 40), values)
        .with("slice", Shape.of(15, 6), Arrays.copyOf(values, 90))
        .with("expanded", Shape.of(3, 4), Arrays.copyOf(values, 12))
        .write(folder.resolve("b.safetensors"));
  }

  private Map<String, String> merged(Path a, Path b) {
    SmallMerge merge = new SmallMerge(folder);
    merge.models.put("a", a);
    merge.models.put("b", b);
    Weights blend =
        new Weights.Sum(
            List.of(new Weights.Term(SmallMerge.A, 0.7), new Weights.Term(SmallMerge.B, 0.3)));
    Mokume.merge(
        merge.recipe(SmallMerge.only(Component.OTHER, blend)), merge.output(), merge.options);
    Map<String, String> contents = new TreeMap<>();
    try (Checkpoint checkpoint = Checkpoints.open(merge.output());
        Arena arena = Arena.ofConfined()) {
      for (StoredTensor tensor : checkpoint.tensors().values()) {
        MemorySegment bytes = arena.allocate(tensor.length() + 1).asSlice(0, tensor.length());
        tensor.source().read(tensor.offset(), bytes);
        contents.put(
            tensor.name(),
            tensor.spec() + HexFormat.of().formatHex(bytes.toArray(ValueLayout.JAVA_BYTE)));
      }
    }
    return contents;
  }

  @Test
  void theBytesAreThoseOfAMergeOfSafetensors() throws URISyntaxException {
    Path b = other();
    Map<String, String> expected = merged(torch("expected.safetensors"), b);
    assertThat(expected).hasSize(16);
    for (String name :
        List.of("plain-zip.pt", "legacy.pt", "lightning.ckpt", "numpy-inside.ckpt")) {
      assertThat(merged(torch(name), b)).as(name).isEqualTo(expected);
    }
    Map<String, String> turned = merged(b, torch("expected.safetensors"));
    assertThat(merged(b, torch("params-ema.pth"))).isEqualTo(turned);
  }

  @Test
  void thePlanTellsWhatWasSkippedAndAStrictOneRefusesIt() throws URISyntaxException {
    Path file = torch("hostile-reduce.ckpt");
    SmallMerge merge = new SmallMerge(folder);
    merge.models.put("a", file);
    var result =
        SmallMerge.only(
            Component.OTHER, new Weights.Sum(List.of(new Weights.Term(SmallMerge.A, 0.5))));
    String skipped =
        file
            + ": beside its weights it asks for 'posix.system', which no weight needs. Mokume loads"
            + " and calls nothing that a file names; the weights are read without it.";
    MergePlan plan = merge.plan(result);
    assertThat(plan.notes()).containsExactly(file + ": its weights are what lies in 'state_dict'.");
    assertThat(plan.warnings()).containsExactly(skipped);
    assertThat(plan.problems()).isEmpty();
    merge.options = merge.options.withStrict(true);
    MergePlan strict = merge.plan(result);
    assertThat(strict.notes())
        .containsExactly(file + ": its weights are what lies in 'state_dict'.");
    assertThat(strict.warnings()).isEmpty();
    assertThat(strict.problems())
        .containsExactly(
            new Problem(ErrorCode.UNSUPPORTED_CHECKPOINT, skipped + " A strict run refuses that."));
  }
}
