package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.MergeOptions.NonFinite;
import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.plan.MergeOutput;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.RunPlan;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Noise;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.SparseUpdate.Vote;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Outputs that are made together: the same bytes as one by one, of inputs that are read once; all
/// of them or none.
class SeveralOutputsTest {
  private static final int COUNT = 20_000;

  private static final Mask MASK =
      new Mask.Magnitude(
          A, B, 0.7, new Mask.Quantile(Mask.Quantile.Rule.MEDIAN, 5000), Mask.Select.BELOW);

  private static final Result HALF = SmallMerge.only(Component.OTHER, linear(0.5));

  private static final Result DARE =
      SmallMerge.only(
          Component.OTHER,
          new Weights.Dare(
              A,
              B,
              new Ratio.Constant(0.75),
              new SparseUpdate(0.4, Vote.SUM, true, 5),
              2,
              Interpolation.SLERP,
              Optional.of(MASK)));

  private static final Result NOISY =
      SmallMerge.only(
          Component.OTHER,
          new Weights.InjectNoise(
              linear(0.5),
              new Noise.Gaussian(0, 0.01),
              0.5,
              7,
              "w",
              Interpolation.LINEAR,
              Optional.empty()));

  private static final Result ONLY_B = SmallMerge.only(Component.OTHER, B);

  @TempDir Path folder;

  private SmallMerge merge;

  @BeforeEach
  void models() {
    merge = new SmallMerge(folder);
    merge.model("a", model(1)).model("b", model(2));
  }

  private static Weights linear(double alpha) {
    return new Weights.Interpolate(
        Interpolation.LINEAR, A, B, new Ratio.Constant(alpha), Optional.empty());
  }

  private static SmallCheckpoint model(int model) {
    SmallCheckpoint checkpoint = new SmallCheckpoint();
    int seed = model;
    for (DType dtype : List.of(DType.F32, DType.BF16, DType.F16)) {
      float[] values = new float[COUNT];
      for (int i = 0; i < COUNT; i++) {
        values[i] = ((i + 31 * seed) * 7919 % 1001 - 500) / 1000f;
      }
      checkpoint.with("w." + dtype, dtype, Shape.of(COUNT / 100, 100), values);
      seed += 2;
    }
    return checkpoint.withBytes("n_steps", DType.I64, Shape.of(1), new byte[8]);
  }

  private Path out(String name) {
    return folder.resolve(name + ".safetensors");
  }

  private List<MergeOutput> outputs(Result... results) {
    List<MergeOutput> outputs = new ArrayList<>();
    for (Result result : results) {
      outputs.add(new MergeOutput(merge.recipe(result), out("out" + outputs.size())));
    }
    return outputs;
  }

  /// Of both: F32, BF16, F16, and one I64.
  private static long inputBytes() {
    return 2 * (COUNT * (4L + 2 + 2) + 8);
  }

  private void assertOnlyTheInputsAreThere() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(out("a"), out("b"));
    }
  }

  // The same bytes

  @Test
  void eachIsWhatItIsMadeByItself() throws IOException {
    List<MergeOutput> outputs = outputs(DARE, HALF, ONLY_B, Result.MaskFile.of(MASK), NOISY);
    List<byte[]> alone = new ArrayList<>();
    for (MergeOutput output : outputs) {
      Mokume.merge(output.recipe(), merge.output(), merge.options);
      alone.add(Files.readAllBytes(merge.output()));
    }
    for (int threads : List.of(1, 3)) {
      for (int tile : List.of(4096, 1 << 15)) {
        for (long memory : List.of(2L << 20, 4L << 20, 64L << 20)) {
          Mokume.merge(
              outputs,
              merge.options.withThreads(threads).withTileElements(tile).withMemory(memory));
          for (int i = 0; i < outputs.size(); i++) {
            assertThat(Files.readAllBytes(outputs.get(i).file()))
                .as("output %d, %d threads, tiles of %d, %d bytes", i, threads, tile, memory)
                .isEqualTo(alone.get(i));
          }
        }
      }
    }
  }

  /// `names: bare` on the one side, and a model that is laid out otherwise on the other.
  @Test
  void outputsMayNameTheirTensorsOtherwise() throws IOException {
    String name = "diffusion_model.input_blocks.1.0.in_layers.2.weight";
    merge
        .model("a", new SmallCheckpoint().with("model." + name, 1, 2))
        .model("b", new SmallCheckpoint().with("model." + name, 3, 4));
    SequencedMap<Component, Weights> unet = new LinkedHashMap<>();
    unet.put(Component.UNET, linear(0.5));
    Result.Checkpoint whole = Result.Checkpoint.of(unet);
    Result bare = whole.withOnly(java.util.Set.of(Component.UNET)).withNames(Result.Names.BARE);

    List<MergeReport> reports = Mokume.merge(outputs(whole, bare), merge.options);

    assertThat(SmallCheckpoint.read(out("out0")).values("model." + name)).containsExactly(2, 3);
    assertThat(
            SmallCheckpoint.read(out("out1")).values(name.substring("diffusion_model.".length())))
        .containsExactly(2, 3);
    assertThat(reports.getFirst().bytesRead()).isEqualTo(16);
  }

  // Read once

  @Test
  void everyInputIsReadOnceForAllOfThem() {
    List<MergeOutput> outputs = outputs(DARE, HALF, ONLY_B, Result.MaskFile.of(MASK), NOISY);
    RunPlan plan = Mokume.plan(outputs, merge.options);
    assertThat(plan.problems()).isEmpty();
    assertThat(plan.readBytes()).isEqualTo(inputBytes());
    assertThat(plan.inputs())
        .containsExactly(
            new RunPlan.InputUse(
                out("a").toString(), inputBytes() / 2, passes(plan.outputs().getFirst())),
            new RunPlan.InputUse(
                out("b").toString(), inputBytes() / 2, passes(plan.outputs().getFirst())));
    assertThat(plan.outputs().stream().mapToLong(MergePlan::readBytes).sum())
        .isGreaterThan(4 * inputBytes());

    List<MergeReport> reports = Mokume.merge(outputs, merge.options);

    assertThat(reports).extracting(MergeReport::bytesRead).containsOnly(inputBytes());
    assertThat(reports)
        .extracting(MergeReport::output)
        .containsExactlyElementsOf(
            outputs.stream().map(output -> output.file().toString()).toList());
    assertThat(reports)
        .extracting(MergeReport::bytes)
        .containsExactlyElementsOf(
            outputs.stream().map(output -> output.file().toFile().length()).toList());
  }

  private static int passes(MergePlan plan) {
    return plan.tensors().stream().mapToInt(tensor -> tensor.passes()).max().orElseThrow();
  }

  @Test
  void aFileThatTwoRecipesNameDifferentlyIsReadOnce() {
    Recipe recipe = merge.recipe(HALF);
    SequencedMap<String, Path> renamed = new LinkedHashMap<>();
    renamed.put("x", out("b"));
    renamed.put("y", folder.resolve(".").resolve("a.safetensors"));
    Weights other =
        new Weights.Interpolate(
            Interpolation.LINEAR,
            new Weights.Source("x"),
            new Weights.Source("y"),
            new Ratio.Constant(0.25),
            Optional.empty());
    List<MergeReport> reports =
        Mokume.merge(
            List.of(
                new MergeOutput(recipe, out("one")),
                new MergeOutput(
                    Recipe.of(renamed, SmallMerge.only(Component.OTHER, other)), out("two"))),
            merge.options);

    assertThat(reports.getFirst().bytesRead()).isEqualTo(inputBytes());
  }

  // All or none

  private static SmallCheckpoint large(float value) {
    return new SmallCheckpoint()
        .with("sound", DType.F16, Shape.of(1), 1)
        .with("w", DType.F16, Shape.of(2), value, 1);
  }

  private static final Result SUM =
      SmallMerge.only(
          Component.OTHER,
          new Weights.Sum(List.of(new Weights.Term(A, 1), new Weights.Term(B, 1))));

  @Test
  void nanIsToldOfTheOutputThatHasIt() throws IOException {
    merge.model("a", large(60_000)).model("b", large(60_000));
    List<MergeOutput> outputs = outputs(HALF, SUM);
    String message =
        out("out1")
            + ": tensor 'w' would have 1 value that is NaN or infinite; the inputs have none: the"
            + " result is too large for the output's dtype. Store it in one that holds more, as"
            + " --dtype f32 does, or merge all the same with --non-finite warn.";

    assertThatThrownBy(() -> Mokume.merge(outputs, merge.options))
        .isInstanceOfSatisfying(
            MokumeException.class,
            e ->
                assertThat(e.problems())
                    .containsExactly(new Problem(ErrorCode.NON_FINITE_WEIGHTS, message)));
    assertOnlyTheInputsAreThere();

    List<MergeReport> reports = Mokume.merge(outputs, merge.options.withNonFinite(NonFinite.WARN));
    assertThat(reports.get(0).warnings()).isEmpty();
    assertThat(reports.get(1).warnings()).containsExactly(message);
  }

  @Test
  void everyProblemOfEveryOutputIsToldAtOnce() throws IOException {
    merge.model("b", new SmallCheckpoint().with("w.F32", 1, 2, 3));
    Path missing = folder.resolve("missing/out.safetensors");
    Path pickle = folder.resolve("out.ckpt");
    List<MergeOutput> outputs =
        List.of(
            new MergeOutput(merge.recipe(HALF), missing),
            new MergeOutput(merge.recipe(SUM), pickle),
            new MergeOutput(merge.recipe(HALF), pickle));

    assertThatThrownBy(() -> Mokume.merge(outputs, merge.options))
        .hasMessage(
            out("b")
                + ": tensor 'w.F32' has shape [3], but "
                + out("a")
                + " has [200, 100]. Merge checkpoints of one family, or keep such tensors as they"
                + " are in the first model with --on-mismatch keep or --exclude (in a recipe:"
                + " mismatch, exclude).\n"
                + pickle
                + ": the name is not that of a format which Mokume writes, which are safetensors"
                + " (.safetensors, .sft), gguf (.gguf); give the output one of those extensions.\n"
                + missing
                + ": there is no folder '"
                + missing.getParent()
                + "'; create it first.\n"
                + pickle
                + ": two outputs would be written there; give each a name of its own.");
    assertOnlyTheInputsAreThere();
  }

  @Test
  void noOutputMayBeAnInputOfAnother() throws IOException {
    byte[] before = Files.readAllBytes(out("b"));
    SequencedMap<String, Path> onlyA = new LinkedHashMap<>();
    onlyA.put("a", out("a"));
    Recipe copy = Recipe.of(onlyA, SmallMerge.only(Component.OTHER, A));

    assertThatThrownBy(() ->
            Mokume.merge(
                List.of(
                    new MergeOutput(merge.recipe(HALF), out("half")),
                    new MergeOutput(copy, out("b"))),
                merge.options))
        .hasMessage(
            out("b")
                + ": is the same file as the input "
                + out("b")
                + ", and an input is never written over; choose another name for the output.");
    assertThat(Files.readAllBytes(out("b"))).isEqualTo(before);
    assertOnlyTheInputsAreThere();
  }

  @Test
  void ifOneCannotBeGivenItsNameNoneAppears() throws IOException {
    List<MergeOutput> outputs = outputs(HALF, DARE);
    MergeListener rival =
        new MergeListener() {
          @Override
          public void progressed(long done, long total) {
            try {
              Files.writeString(out("out1"), "somebody else's");
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          }
        };
    assertThatThrownBy(
            () -> Mokume.merge(outputs, merge.options.withOverwrite(false).withListener(rival)))
        .hasMessage(
            out("out1")
                + ": exists already; choose another name, or allow it to be replaced with"
                + " --force.");
    assertThat(out("out1")).hasContent("somebody else's");
    Files.delete(out("out1"));
    assertOnlyTheInputsAreThere();
  }

  @Test
  void noFileOfAnyRecipeThatCannotBeOpenedIsLeftOut() {
    SequencedMap<String, Path> gone = new LinkedHashMap<>();
    gone.put("a", out("gone"));
    SequencedMap<String, Path> missing = new LinkedHashMap<>();
    missing.put("a", out("missing"));
    Result copy = SmallMerge.only(Component.OTHER, A);

    assertThatThrownBy(() ->
            Mokume.plan(
                List.of(
                    new MergeOutput(Recipe.of(gone, copy), out("one")),
                    new MergeOutput(Recipe.of(missing, copy), out("two")),
                    new MergeOutput(Recipe.of(gone, copy), out("three"))),
                merge.options))
        .isInstanceOfSatisfying(
            MokumeException.class,
            e -> {
              assertThat(e.problems()).hasSize(2);
              assertThat(e.problems().get(0).message()).startsWith(out("gone").toString());
              assertThat(e.problems().get(1).message()).startsWith(out("missing").toString());
            });
  }
}
