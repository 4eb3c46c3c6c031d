package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.plan.MergeOutput;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.Provenance;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An output in shards: one checkpoint, the same tensors as in one file, and whole or not there.
class ShardedOutputTest {
  private static final Result HALF =
      SmallMerge.only(
          Component.OTHER,
          new Weights.Interpolate(
              Interpolation.LINEAR, A, B, new Ratio.Constant(0.5), Optional.empty()));

  @TempDir Path folder;

  private SmallMerge merge;
  private Path index;

  @BeforeEach
  void models() {
    merge = new SmallMerge(folder);
    merge.model("a", model(1)).model("b", model(3));
    index = folder.resolve("out.safetensors.index.json");
  }

  /// 40 bytes: two F16 tensors of 8, an F32 of 16, an I64 of 8.
  private static SmallCheckpoint model(float value) {
    return new SmallCheckpoint()
        .with("c.wide", value, value, value, value)
        .with("a.half", DType.F16, Shape.of(4), value, 2, 3, 4)
        .with("b.half", DType.F16, Shape.of(4), 5, 6, 7, value)
        .withBytes("steps", DType.I64, Shape.of(1), new byte[8]);
  }

  private Path shard(int number, int of) {
    return folder.resolve("out-0000%d-of-0000%d.safetensors".formatted(number, of));
  }

  private List<Path> outputs() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(
              file -> !List.of("a", "b").contains(file.getFileName().toString().split("\\.")[0]))
          .sorted()
          .toList();
    }
  }

  private MergeReport run(long largestShard) {
    return Mokume.merge(
            List.of(new MergeOutput(merge.recipe(HALF), index, largestShard)), merge.options)
        .getFirst();
  }

  @Test
  void theSetHoldsWhatOneFileWouldHold() throws IOException {
    Mokume.merge(merge.recipe(HALF), merge.output(), merge.options);
    SmallCheckpoint one = SmallCheckpoint.read(merge.output());
    Files.delete(merge.output());

    MergeReport report = run(24);

    assertThat(outputs()).containsExactly(shard(1, 2), shard(2, 2), index);
    SmallCheckpoint set = SmallCheckpoint.read(index);
    assertThat(set.names()).containsExactlyInAnyOrderElementsOf(one.names());
    assertThat(one.names())
        .allSatisfy(name -> {
          assertThat(set.spec(name)).isEqualTo(one.spec(name));
          assertThat(set.bytes(name)).isEqualTo(one.bytes(name));
        });
    assertThat(report.output()).isEqualTo(index.toString());
    assertThat(report.plan().shards()).isEqualTo(2);
    assertThat(report.bytes())
        .isEqualTo(Files.size(index) + Files.size(shard(1, 2)) + Files.size(shard(2, 2)));
  }

  /// The order of the first model's data: wider elements first, then by name.
  @Test
  void shardsAreFilledInTheOrderOfTheFirstModel() {
    run(24);

    assertThat(SmallCheckpoint.read(shard(1, 2)).names()).containsExactly("steps", "c.wide");
    assertThat(SmallCheckpoint.read(shard(2, 2)).names()).containsExactly("a.half", "b.half");
    assertThat(index)
        .hasContent(
            """
            {
              "metadata": {
                "total_size": 40
              },
              "weight_map": {
                "a.half": "out-00002-of-00002.safetensors",
                "b.half": "out-00002-of-00002.safetensors",
                "c.wide": "out-00001-of-00002.safetensors",
                "steps": "out-00001-of-00002.safetensors"
              }
            }
            """);
  }

  @Test
  void everyShardSaysWhatItWasMadeFrom() {
    run(16);

    assertThat(SmallCheckpoint.read(shard(1, 3)).metadata())
        .isEqualTo(SmallCheckpoint.read(shard(3, 3)).metadata())
        .containsKeys(Provenance.RECIPE, Provenance.VERSION)
        .hasEntrySatisfying(
            Provenance.INPUTS, inputs -> assertThat(inputs).doesNotContain("0".repeat(64)));
  }

  @Test
  void theNameOfAnIndexIsEnough() throws IOException {
    Mokume.merge(merge.recipe(HALF), index, merge.options);

    assertThat(outputs()).containsExactly(shard(1, 1), index);
    assertThat(SmallCheckpoint.read(index).values("c.wide")).containsOnly(2);
  }

  @Test
  void aSetBesideOtherOutputsOfTheRun() throws IOException {
    Path file = folder.resolve("whole.safetensors");
    Mokume.merge(
        List.of(
            new MergeOutput(merge.recipe(HALF), index, 24),
            new MergeOutput(merge.recipe(SmallMerge.only(Component.OTHER, B)), file)),
        merge.options);

    assertThat(outputs()).containsExactly(shard(1, 2), shard(2, 2), index, file);
    assertThat(SmallCheckpoint.read(index).values("c.wide")).containsOnly(2);
    assertThat(SmallCheckpoint.read(file).values("c.wide")).containsOnly(3);
  }

  @Test
  void aSetIsReplacedAsAWhole() throws IOException {
    run(8);
    assertThat(outputs()).hasSize(5);

    run(24);

    assertThat(outputs()).containsExactly(shard(1, 2), shard(2, 2), index);
    assertThat(SmallCheckpoint.read(index).names()).hasSize(4);
  }

  @Test
  void aSetIsOnlyReplacedIfAllowed() throws IOException {
    run(8);
    List<Path> before = outputs();
    merge.options = merge.options.withOverwrite(false);

    assertThatThrownBy(() -> run(24))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNWRITABLE_OUTPUT))
        .hasMessage(
            index
                + ": exists already; choose another name, or allow it to be replaced with"
                + " --force.\n"
                + index
                + ": shards of another set of that name lie beside it,"
                + " 'out-00001-of-00004.safetensors', 'out-00002-of-00004.safetensors',"
                + " 'out-00003-of-00004.safetensors' and 1 more; choose another name, or allow them"
                + " to be replaced with --force.");
    assertThat(outputs()).isEqualTo(before);
  }

  /// Whatever number of shards it has: its index and its shards are inputs.
  @Test
  void aSetThatIsAnInputIsNeverReplaced() throws IOException {
    run(8);
    List<Path> before = outputs();
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("a", index);
    models.put("b", folder.resolve("b.safetensors"));
    Recipe onto = Recipe.of(models, HALF);

    assertThatThrownBy(() -> Mokume.merge(List.of(new MergeOutput(onto, index, 24)), merge.options))
        .isInstanceOfSatisfying(
            MokumeException.class,
            e -> {
              assertThat(e.problems()).hasSize(5);
              assertThat(e.problems())
                  .allSatisfy(problem ->
                      assertThat(problem.message())
                          .contains(": is the same file as the input ")
                          .endsWith(
                              ", and an input is never written over; choose another name for the"
                                  + " output."));
              assertThat(e.problems().getFirst().message()).startsWith(index.toString());
            });
    assertThat(outputs()).isEqualTo(before);
    assertThat(SmallCheckpoint.read(index).values("c.wide")).containsOnly(2);
  }

  @Test
  void ifAMergeFailsTheOldSetStays() throws IOException {
    run(24);
    merge.options =
        merge.options.withListener(
            new MergeListener() {
              @Override
              public void progressed(long done, long total) {
                merge.options.cancellation().cancel();
              }
            });
    List<Path> before = outputs();
    merge.model("a", model(100));

    assertThatThrownBy(() -> run(8)).hasMessage("the merge was cancelled; nothing was written.");
    assertThat(outputs()).isEqualTo(before);
    assertThat(SmallCheckpoint.read(index).values("c.wide")).containsOnly(2);
  }

  @Test
  void thePlanKnowsTheShards() {
    MergePlan plan =
        Mokume.plan(List.of(new MergeOutput(merge.recipe(HALF), index, 24)), merge.options)
            .outputs()
            .getFirst();

    assertThat(plan.shards()).isEqualTo(2);
    assertThat(plan.outputBytes()).isEqualTo(run(24).bytes());
    assertThat(plan.tensors())
        .extracting(tensor -> tensor.spec().name())
        .containsExactly("steps", "c.wide", "a.half", "b.half");
  }

  @Test
  void aMaskIsOneFile() {
    Result mask = Result.MaskFile.of(new Mask.Constant(A, true));

    assertThatThrownBy(() -> Mokume.merge(merge.recipe(mask), index, merge.options))
        .hasMessage(
            index
                + ": a mask is one file and not in shards; give it a name that ends in"
                + " .safetensors.");
  }
}
