package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.analysis.Comparison;
import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.MokumeException;
import dev.mokume.plan.MergeOutput;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Normalization;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.SparseUpdate.Vote;
import dev.mokume.recipe.Weights;
import dev.mokume.sweep.Axis;
import dev.mokume.sweep.Distance;
import dev.mokume.sweep.Metric;
import dev.mokume.sweep.Selection;
import dev.mokume.sweep.Sweep;
import dev.mokume.sweep.SweepOptions;
import dev.mokume.sweep.SweepPlan;
import dev.mokume.sweep.SweepReport;
import dev.mokume.sweep.SweepReport.Outcome;
import dev.mokume.sweep.Variant;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tokenizer.TokenizerSource;
import dev.mokume.tokenizer.TokenizerSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sweeps: each variant is what its recipe makes by itself, its distances are those of `diff`, and
/// nothing is done twice.
class SweepTest {
  /// More than four runs of a sample.
  private static final int COUNT = 80_000;

  private static final Mask MASK =
      new Mask.Magnitude(
          A, B, 0.7, new Mask.Quantile(Mask.Quantile.Rule.MEDIAN, 5000), Mask.Select.BELOW);

  /// A mask by a quantile, two votes: several passes.
  private static final Weights DARE =
      new Weights.Dare(
          A,
          B,
          new Ratio.Constant(0.75),
          new SparseUpdate(0.4, Vote.SUM, true, 5),
          2,
          Interpolation.LINEAR,
          Optional.of(MASK));

  /// Numbers over another tensor too.
  private static final Weights NORMALISED =
      new Weights.Normalize(DARE, A, Normalization.ALL, false);

  private static final Weights LINEAR =
      new Weights.Interpolate(
          Interpolation.LINEAR, A, B, new Ratio.Constant(0.5), Optional.empty());

  private static final SweepOptions NONE = new SweepOptions(1, new Selection.None());

  @TempDir Path folder;

  private SmallMerge merge;
  private Path out;

  @BeforeEach
  void models() throws IOException {
    merge = new SmallMerge(folder);
    merge.options = merge.options.withOverwrite(false);
    merge.model("a", model(1)).model("b", model(2));
    out = Files.createDirectory(folder.resolve("out"));
  }

  private static SmallCheckpoint model(int model) {
    SmallCheckpoint checkpoint = new SmallCheckpoint();
    int seed = model;
    int layer = 0;
    for (DType dtype : List.of(DType.F32, DType.BF16, DType.F16)) {
      float[] values = new float[COUNT];
      for (int i = 0; i < COUNT; i++) {
        values[i] = ((i + 31 * seed) * 7919 % 1001 - 500) / 1000f;
      }
      String name = "layers." + layer++;
      checkpoint.with(name + ".weight", dtype, Shape.of(COUNT / 100, 100), values);
      checkpoint.with(name + ".bias", Arrays.copyOf(values, COUNT / 100));
      seed += 2;
    }
    return checkpoint.withBytes("n_steps", DType.I64, Shape.of(1), new byte[8]);
  }

  private Sweep sweep(Weights weights, String... axes) {
    return sweep(merge.recipe(SmallMerge.only(Component.OTHER, weights)), axes);
  }

  private static Sweep sweep(Recipe recipe, String... axes) {
    return Sweep.of(
        recipe,
        Stream.of(axes).map(Axis::parse).toList(),
        MergeMethods.installed(),
        Sweep.USUAL_MOST);
  }

  private SweepReport run(Sweep sweep, SweepOptions wanted) {
    return Mokume.sweep(sweep, out, wanted, merge.options);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(out)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  // What the variants are

  @Test
  void everyCombinationIsAVariantWithANameOfItsValues() {
    Sweep sweep = sweep(DARE, "seed=1..2", "dare.alpha=0.20,1");

    assertThat(sweep.variants())
        .extracting(Variant::fileName)
        .containsExactly(
            "seed=1,dare.alpha=0.2.safetensors",
            "seed=1,dare.alpha=1.safetensors",
            "seed=2,dare.alpha=0.2.safetensors",
            "seed=2,dare.alpha=1.safetensors");
  }

  @Test
  void tooManyVariantsAreRefusedBeforeAnythingIsRead() throws IOException {
    Files.delete(folder.resolve("a.safetensors"));

    assertThatThrownBy(() -> sweep(DARE, "seed=1..100", "alpha=0..1:0.1"))
        .hasMessage(
            "1,100 variants are asked for, but at most 1,000 are made; ask for fewer values, or"
                + " allow more (--most-variants).");
  }

  @Test
  void everythingThatIsWrongIsToldAtOnce() {
    assertThatThrownBy(() -> sweep(LINEAR, "seed=1..2", "alhpa=1", "alpha=0,1", "alpha=2"))
        .hasMessage(
            "the recipe has no number 'seed'. It has 'alpha'.\n"
                + "the recipe has no number 'alhpa'; did you mean 'alpha'? It has 'alpha'.\n"
                + "the number 'alpha' is varied twice; name its values once.");
  }

  @Test
  void aWrongValueIsToldOnceHoweverManyVariantsHaveIt() {
    assertThatThrownBy(() -> sweep(DARE, "drop-rate=0.5,2", "seed=1..8"))
        .hasMessage("drop-rate=2: drop_rate must be a number from 0 to 1 but is 2");
  }

  @Test
  void aMaskIsNotSwept() {
    assertThatThrownBy(() -> sweep(merge.recipe(Result.MaskFile.of(MASK)), "threshold=0.1,0.2"))
        .hasMessage(
            "a sweep makes checkpoints, but the recipe makes a mask or a folder in the layout of"
                + " diffusers; vary a recipe whose output is one file.");
  }

  // The same bytes

  @Test
  void eachVariantIsWhatItsRecipeMakesByItself() throws IOException {
    for (Weights weights : List.of(LINEAR, DARE, NORMALISED)) {
      Sweep sweep =
          weights == LINEAR
              ? sweep(weights, "alpha=0,0.3,1")
              : sweep(weights, "seed=1..3", "threshold=0.5,0.7");
      for (long memory : List.of(2L << 20, 64L << 20)) {
        merge.options = merge.options.withMemory(memory).withOverwrite(true);
        SweepReport report = run(sweep, SweepOptions.defaults());
        for (Outcome outcome : report.outcomes()) {
          Mokume.merge(outcome.variant().recipe(), merge.output(), merge.options);
          assertThat(outcome.file()).contains(out.resolve(outcome.variant().fileName()));
          assertThat(Files.readAllBytes(outcome.file().orElseThrow()))
              .as("%s in %s bytes", outcome.variant().name(), memory)
              .isEqualTo(Files.readAllBytes(merge.output()));
        }
      }
    }
  }

  /// The second run over the models finds no tokenizer any more, and needs none.
  @Test
  void theTokenizersAreMergedOnceForAllRuns() throws IOException {
    merge.models.put("a", languageModel("a", "x", "y"));
    merge.models.put("b", languageModel("b", "x", "z"));
    Recipe recipe =
        merge
            .recipe(SmallMerge.only(Component.OTHER, LINEAR))
            .withTokenizer(TokenizerSpec.of(new TokenizerSource.Union()));
    MergeListener forgetful =
        new MergeListener() {
          @Override
          public void progressed(long done, long total) {
            try {
              Files.deleteIfExists(folder.resolve("b/tokenizer.json"));
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        };
    merge.options = merge.options.withListener(forgetful);

    SweepReport report = run(sweep(recipe, "alpha=0..1:0.05"), SweepOptions.defaults());

    assertThat(folder.resolve("b/tokenizer.json")).doesNotExist();
    Path last = report.outcomes().getLast().file().orElseThrow();
    assertThat(SmallCheckpoint.read(last).values("model.embed_tokens.weight"))
        .as("rows of x, of y (which only a has) and of z")
        .containsExactly(5, 6, 3, 4, 7, 8);
  }

  private Path languageModel(String name, String... tokens) throws IOException {
    Path own = Files.createDirectory(folder.resolve(name));
    Files.writeString(
        own.resolve("tokenizer.json"),
        """
        {"version": "1.0",
         "added_tokens": [],
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
         "decoder": {"type": "ByteLevel"},
         "model": {"type": "BPE", "vocab": {"%s": 0, "%s": 1}, "merges": []}}
        """
            .formatted((Object[]) tokens));
    float[] rows = name.equals("a") ? new float[] {1, 2, 3, 4} : new float[] {5, 6, 7, 8};
    return new SmallCheckpoint()
        .with("model.embed_tokens.weight", DType.F32, Shape.of(2, 2), rows)
        .write(own.resolve("model.safetensors"));
  }

  @Test
  void eachCarriesItsOwnRecipe() {
    run(sweep(DARE, "seed=7,8"), SweepOptions.defaults());

    assertThat(
            SmallCheckpoint.read(out.resolve("seed=8.safetensors")).metadata().get("mokume.recipe"))
        .contains("\"seed\": 8");
  }

  // Distances

  @Test
  void distancesAreThoseOfDiff() {
    merge.options = merge.options.withOverwrite(true);
    for (Weights weights : List.of(LINEAR, DARE, NORMALISED)) {
      Sweep sweep =
          weights == LINEAR ? sweep(weights, "alpha=0,0.3,1") : sweep(weights, "seed=1..3");
      for (Outcome outcome : run(sweep, SweepOptions.defaults().withPart(1)).outcomes()) {
        for (String model : List.of("a", "b")) {
          Comparison diff =
              Mokume.diff(
                  folder.resolve(model + ".safetensors"),
                  outcome.file().orElseThrow(),
                  null,
                  merge.options);
          Distance distance =
              outcome.distances().stream()
                  .filter(each -> each.model().equals(model))
                  .findFirst()
                  .orElseThrow();
          assertThat(distance.blocks()).hasSameSizeAs(diff.rows());
          int row = 0;
          for (Distance.Part part : distance.blocks().values()) {
            Comparison.Row same = diff.rows().get(row++);
            assertThat(part.tensors()).isEqualTo(same.tensors());
            assertThat(part.elements()).isEqualTo(same.elements());
            assertThat(part.relative()).isEqualTo(same.relativeDelta());
            assertThat(part.changedShare()).isEqualTo(same.changed());
            assertThat(1 - part.opposedShare()).isEqualTo(same.signAgreement(), within(1e-12));
          }
        }
      }
    }
  }

  @Test
  void aSampleIsOfTheSameElementsWhateverTheTilesAndThreads() {
    Sweep sweep = sweep(NORMALISED, "seed=1..3");
    List<List<Distance>> found = new ArrayList<>();
    merge.options = merge.options.withOverwrite(true);
    for (int threads : List.of(1, 3)) {
      for (int tile : List.of(4096, 1 << 16)) {
        for (long memory : List.of(2L << 20, 64L << 20)) {
          merge.options =
              merge.options.withThreads(threads).withTileElements(tile).withMemory(memory);
          found.add(
              run(sweep, NONE.withPart(3)).outcomes().stream()
                  .flatMap(outcome -> outcome.distances().stream())
                  .toList());
        }
      }
    }
    assertThat(found).allSatisfy(each -> assertThat(each).isEqualTo(found.getFirst()));
    long elements = found.getFirst().getFirst().whole().elements();
    // 80,000 elements are five runs of a sample, the last one short: of each tensor one or two.
    assertThat(elements).isBetween(3L * 14_464, 3L * 32_768 + 3 * 800);
    Distance.Part whole = run(sweep, NONE).outcomes().getFirst().distances().getFirst().whole();
    assertThat(found.getFirst().getFirst().whole().relative())
        .isEqualTo(whole.relative(), within(0.05));
  }

  // What is written

  @Test
  void onlyTheBestAreWritten() throws IOException {
    Sweep sweep = sweep(LINEAR, "alpha=0.9,0.5,0.1,0.3");
    Metric nearB = Metric.parse("distance:b", merge.models.keySet());

    SweepReport report = run(sweep, NONE.withSelection(new Selection.Extreme(2, false, nearB)));

    assertThat(files())
        .containsExactly("alpha=0.5.safetensors", "alpha=0.9.safetensors", "sweep.jsonl");
    assertThat(report.outcomes())
        .extracting(outcome -> outcome.file().isPresent())
        .containsExactly(true, true, false, false);
    run(sweep, NONE.withSelection(new Selection.Extreme(1, true, nearB)));
    assertThat(files()).contains("alpha=0.1.safetensors");
  }

  @Test
  void modelsMayBeInShards() throws IOException {
    Path index = folder.resolve("a.safetensors.index.json");
    Mokume.merge(
        List.of(new MergeOutput(merge.recipe(SmallMerge.only(Component.OTHER, A)), index, 400_000)),
        merge.options);
    Sweep ofOneFile = sweep(LINEAR, "alpha=0.25,0.75");
    SweepReport expected = run(ofOneFile, NONE);
    merge.options = merge.options.withOverwrite(true);
    merge.models.put("a", index);
    Files.delete(folder.resolve("a.safetensors"));

    SweepReport report = run(sweep(LINEAR, "alpha=0.25,0.75"), NONE);

    assertThat(report.outcomes())
        .extracting(Outcome::distances)
        .isEqualTo(expected.outcomes().stream().map(Outcome::distances).toList());
  }

  @Test
  void nothingIsWrittenIfOnlyDistancesAreWanted() throws IOException {
    SweepReport report = run(sweep(LINEAR, "alpha=0,1"), NONE);

    assertThat(files()).containsExactly("sweep.jsonl");
    assertThat(report.outcomes())
        .extracting(outcome -> outcome.distances().getFirst().whole().relative())
        .first()
        .isEqualTo(0.0);
  }

  @Test
  void anUnknownMetricOffersTheNearest() {
    assertThatThrownBy(() -> Metric.parse("distence", merge.models.keySet()))
        .hasMessage(
            "there is no metric 'distence'; did you mean 'distance'? Choose from distance, changed,"
                + " opposed; :MODEL after it says of which model.");
    assertThatThrownBy(() -> Metric.parse("distance:x", merge.models.keySet()))
        .hasMessage("there is no model 'x'. Choose from a, b.");
  }

  // Going on

  @Test
  void whatIsThereIsNotMadeAgain() throws IOException {
    run(sweep(DARE, "seed=1..2"), SweepOptions.defaults());
    Path first = out.resolve("seed=1.safetensors");
    FileTime before = Files.getLastModifiedTime(first);
    Files.delete(out.resolve("seed=2.safetensors"));

    SweepReport report = run(sweep(DARE, "seed=1..3"), SweepOptions.defaults());

    assertThat(Files.getLastModifiedTime(first)).isEqualTo(before);
    assertThat(report.outcomes()).extracting(Outcome::before).containsExactly(true, false, false);
    assertThat(files())
        .containsExactly(
            "seed=1.safetensors", "seed=2.safetensors", "seed=3.safetensors", "sweep.jsonl");
  }

  @Test
  void aStoppedSweepGoesOnWhereItWas() {
    Sweep sweep = sweep(DARE, "seed=1..40");
    Cancellation cancellation = new Cancellation();
    MergeListener stopper =
        new MergeListener() {
          @Override
          public void progressed(long done, long total) {
            // More than one run of sixteen.
            if (done > total / 2) {
              cancellation.cancel();
            }
          }
        };
    assertThatThrownBy(() ->
            Mokume.sweep(
                sweep,
                out,
                NONE,
                merge.options.withListener(stopper).withCancellation(cancellation)))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "the sweep was cancelled. What was whole by then stays in "
                + out
                + ", and the same sweep goes on from there.");
    List<Long> totals = new ArrayList<>();
    MergeListener counting =
        new MergeListener() {
          @Override
          public synchronized void progressed(long done, long total) {
            totals.add(total);
          }
        };

    SweepReport after = Mokume.sweep(sweep, out, NONE, merge.options.withListener(counting));
    totals.add(0L);
    long left = totals.getFirst();
    merge.options = merge.options.withOverwrite(true);
    totals.clear();
    SweepReport anew = Mokume.sweep(sweep, out, NONE, merge.options.withListener(counting));

    assertThat(after.outcomes()).isEqualTo(anew.outcomes());
    assertThat(left).isLessThan(totals.getFirst());
  }

  @Test
  void anotherRecipeOrChangedInputsAreAnotherSweep() throws IOException {
    run(sweep(DARE, "seed=1..2"), NONE);
    String message =
        out.resolve("sweep.jsonl")
            + ": is of a sweep of another recipe, of inputs that have changed since, or of another"
            + " version of Mokume. Write to another folder, or begin anew with --force, which"
            + " replaces its outputs one by one.";

    assertThatThrownBy(() -> run(sweep(LINEAR, "alpha=0,1"), NONE)).hasMessage(message);
    Files.setLastModifiedTime(folder.resolve("b.safetensors"), FileTime.fromMillis(1_000));
    assertThatThrownBy(() -> run(sweep(DARE, "seed=1..2"), NONE)).hasMessage(message);
    merge.options = merge.options.withOverwrite(true);
    assertThat(run(sweep(DARE, "seed=1..2"), NONE).outcomes()).hasSize(2);
  }

  /// They have the recipe that these would have, and other weights.
  @Test
  void outputsOfInputsThatHaveChangedSinceAreNotTakenForThere() throws IOException {
    Sweep sweep = sweep(LINEAR, "alpha=0.25,0.5");
    run(sweep, SweepOptions.defaults());
    merge.model("b", model(3));
    merge.options = merge.options.withOverwrite(true);
    run(sweep, NONE);
    merge.options = merge.options.withOverwrite(false);

    assertThatThrownBy(() -> run(sweep, SweepOptions.defaults()))
        .hasMessageStartingWith(out.resolve("alpha=0.25.safetensors") + ": ")
        .hasMessageContaining("alpha=0.5.safetensors");
  }

  /// What `--force` was to replace is replaced when the sweep goes on without it, and nothing else.
  @Test
  void aSweepThatWasStoppedWhileItReplacedGoesOn() throws IOException {
    Sweep sweep = sweep(LINEAR, "alpha=0.25");
    run(sweep, SweepOptions.defaults());
    Path file = out.resolve("alpha=0.25.safetensors");
    byte[] old = Files.readAllBytes(file);
    FileTime oldTime = Files.getLastModifiedTime(file);
    merge.model("b", model(3));
    merge.options = merge.options.withOverwrite(true);
    run(sweep, SweepOptions.defaults());
    byte[] anew = Files.readAllBytes(file);
    Files.write(file, old);
    Files.setLastModifiedTime(file, oldTime);
    merge.options = merge.options.withOverwrite(false);

    SweepReport report = run(sweep, SweepOptions.defaults());

    assertThat(report.outcomes()).extracting(Outcome::before).containsExactly(false);
    assertThat(file).hasBinaryContent(anew);
    assertThat(anew).isNotEqualTo(old);
  }

  @Test
  void aFileThatNoSweepWroteIsNotReplaced() throws IOException {
    Path precious = Files.writeString(out.resolve("seed=2.safetensors"), "precious");

    assertThatThrownBy(() -> run(sweep(DARE, "seed=1..2"), SweepOptions.defaults()))
        .hasMessageStartingWith(precious + ": ");
    assertThat(precious).hasContent("precious");
    assertThat(files()).containsExactly("seed=2.safetensors");
  }

  @Test
  void aDamagedStateIsTold() throws IOException {
    run(sweep(LINEAR, "alpha=0,1"), NONE);
    Path state = out.resolve("sweep.jsonl");
    Files.writeString(state, Files.readString(state).replace("\"a\"", "3"));

    assertThatThrownBy(() -> run(sweep(LINEAR, "alpha=0,1"), NONE))
        .hasMessage(
            state
                + ": has a number in place of a text. Begin the sweep anew with --force, or write"
                + " to another folder.");
  }

  @Test
  void thePlanTellsHowOftenTheModelsAreGoneThrough() {
    SweepPlan plan = Mokume.plan(sweep(LINEAR, "alpha=0..1:0.02"), out, merge.options);

    assertThat(plan.variants()).isEqualTo(51);
    assertThat(plan.together()).isEqualTo(16);
    assertThat(plan.runs()).isEqualTo(4);
    assertThat(plan.first().outputs()).hasSize(16);
    assertThat(plan.first().readBytes())
        .isEqualTo(2 * (COUNT * (4L + 2 + 2) + 3 * 4 * COUNT / 100) + 8);
  }
}
