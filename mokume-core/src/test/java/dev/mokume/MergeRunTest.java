package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.MergeOptions.NonFinite;
import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.ByteSink;
import dev.mokume.checkpoint.MemorySink;
import dev.mokume.checkpoint.PendingOutputs;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Version;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.Provenance;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.RecipeWriter;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.SparseUpdate.Vote;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A merge into a file: whole or not at all, the same bytes every time, and honest about where they
/// come from.
class MergeRunTest {
  /// Three tiles of the smallest size.
  private static final int COUNT = 3 * 4096;

  private static final Result HALF =
      SmallMerge.only(
          Component.OTHER,
          new Weights.Interpolate(
              Interpolation.LINEAR, A, B, new Ratio.Constant(0.5), Optional.empty()));

  @TempDir Path folder;

  private SmallMerge merge;

  @BeforeEach
  void models() {
    merge = new SmallMerge(folder);
    merge.model("a", filled(1)).model("b", filled(3));
    merge.options = merge.options.withThreads(1).withTileElements(4096);
  }

  private static SmallCheckpoint filled(float value) {
    float[] values = new float[COUNT];
    Arrays.fill(values, value);
    return new SmallCheckpoint().with("w", DType.F16, Shape.of(COUNT), values);
  }

  private void onProgress(Runnable action) {
    merge.options =
        merge.options.withListener(
            new MergeListener() {
              @Override
              public void progressed(long done, long total) {
                action.run();
              }
            });
  }

  private MergeReport run() {
    return Mokume.merge(merge.recipe(HALF), merge.output(), merge.options);
  }

  private void assertRefused(ErrorCode code, String message) throws IOException {
    assertThatThrownBy(this::run)
        .isInstanceOfSatisfying(MokumeException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessage(message);
    assertNothingIsLeft();
  }

  /// No file but the inputs, and what stood in the output's place before.
  private void assertNothingIsLeft() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .isSubsetOf("a.safetensors", "b.safetensors", "out.safetensors");
    }
  }

  private void oldOutput() throws IOException {
    Files.writeString(merge.output(), "what was there before");
  }

  private void assertOldOutput() throws IOException {
    assertThat(merge.output()).hasContent("what was there before");
    assertNothingIsLeft();
  }

  // Whole or not at all

  @Test
  void theOutputTakesThePlaceOfTheOldOne() throws IOException {
    oldOutput();
    MergeReport report = run();
    assertThat(SmallCheckpoint.read(merge.output()).values("w")).containsOnly(2);
    assertThat(report.output()).isEqualTo(merge.output().toString());
    assertThat(report.bytes()).isEqualTo(Files.size(merge.output()));
    assertThat(report.bytesRead()).isEqualTo(2L * 2 * COUNT);
    assertThat(report.warnings()).isEmpty();
    assertNothingIsLeft();
  }

  @Test
  void anExistingOutputIsOnlyReplacedIfAllowed() throws IOException {
    oldOutput();
    merge.options = merge.options.withOverwrite(false);
    assertRefused(
        ErrorCode.UNWRITABLE_OUTPUT,
        merge.output()
            + ": exists already; choose another name, or allow it to be replaced with --force.");
    assertOldOutput();
  }

  @Test
  void aCancelledMergeLeavesTheOldOutput() throws IOException {
    oldOutput();
    onProgress(merge.options.cancellation()::cancel);
    assertRefused(ErrorCode.CANCELLED, "the merge was cancelled; nothing was written.");
    assertOldOutput();
  }

  @Test
  void aMergeWhoseTemporaryFileASignalRemovedLeavesTheOldOutput() throws IOException {
    oldOutput();
    onProgress(PendingOutputs::removeAll);
    assertThatThrownBy(this::run)
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
    assertOldOutput();
  }

  @Test
  void aMergeWhoseInputIsCutOffLeavesTheOldOutput() throws IOException {
    oldOutput();
    Path b = folder.resolve("b.safetensors");
    // Header and data of one tensor; the second tile is beyond what is left.
    onProgress(() -> truncate(b, Files.exists(b) ? 1000 : 0));
    assertThatThrownBy(this::run)
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INPUT_CHANGED))
        .hasMessageStartingWith(b + ": ended at offset ");
    assertOldOutput();
  }

  private static void truncate(Path file, long size) {
    try (var channel =
        java.nio.channels.FileChannel.open(file, java.nio.file.StandardOpenOption.WRITE)) {
      channel.truncate(size);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void anInputThatChangesDuringTheRunIsAnError() throws IOException {
    oldOutput();
    Path a = folder.resolve("a.safetensors");
    onProgress(() -> {
      try {
        Files.setLastModifiedTime(a, FileTime.fromMillis(0));
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    });
    assertThatThrownBy(this::run)
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INPUT_CHANGED))
        .hasMessageStartingWith(a + ": changed while it was in use: ")
        .hasMessageEndingWith(" Run again when nothing writes to it any more.");
    assertOldOutput();
  }

  @Test
  void aListenerThatThrowsEndsTheMerge() throws IOException {
    oldOutput();
    onProgress(() -> {
      throw new IllegalStateException("the listener's own trouble");
    });
    assertThatThrownBy(this::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the listener's own trouble");
    assertOldOutput();
  }

  @Test
  void anOutputIsNeverAnInput() throws IOException {
    Path a = folder.resolve("a.safetensors");
    byte[] before = Files.readAllBytes(a);
    assertThatThrownBy(() -> Mokume.merge(merge.recipe(HALF), a, merge.options))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNWRITABLE_OUTPUT))
        .hasMessage(
            a
                + ": is the same file as the input "
                + a
                + ", and an input is never written over; choose another name for the"
                + " output.");
    assertThat(Files.readAllBytes(a)).isEqualTo(before);
    assertNothingIsLeft();
  }

  @Test
  void problemsOfPlanAndOutputAreToldTogether() {
    merge.model("b", new SmallCheckpoint().with("w", 1, 2, 3));
    Path missing = folder.resolve("missing/out.safetensors");
    assertThatThrownBy(() -> Mokume.merge(merge.recipe(HALF), missing, merge.options))
        .hasMessage(
            folder.resolve("b.safetensors")
                + ": tensor 'w' has shape [3], but "
                + folder.resolve("a.safetensors")
                + " has [12288]. Merge checkpoints of one family, or keep such tensors as they are"
                + " in the first model with --on-mismatch keep or --exclude (in a recipe: mismatch,"
                + " exclude).\n"
                + missing
                + ": there is no folder '"
                + missing.getParent()
                + "'; create it first.");
  }

  @Test
  void aNameOfAnotherFormatIsRefused() throws IOException {
    Path ckpt = folder.resolve("out.ckpt");
    assertThatThrownBy(() -> Mokume.merge(merge.recipe(HALF), ckpt, merge.options))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNWRITABLE_OUTPUT))
        .hasMessage(
            ckpt
                + ": the name is not that of a format which Mokume writes, which are safetensors"
                + " (.safetensors, .sft), gguf (.gguf); give the output one of those extensions.");
    assertNothingIsLeft();
  }

  // NaN and infinity

  private static SmallCheckpoint sick(float... values) {
    return new SmallCheckpoint().with("sound", 1, 2).with("w", values);
  }

  @Test
  void nanInAnInputIsRefusedWithFileAndTensor() throws IOException {
    merge.model("a", sick(1, 2)).model("b", sick(Float.NaN, Float.NEGATIVE_INFINITY));
    oldOutput();
    assertRefused(
        ErrorCode.NON_FINITE_WEIGHTS,
        "tensor 'w' would have 2 values that are NaN or infinite; "
            + folder.resolve("b.safetensors")
            + " has 2. Use a sound copy of that file, or merge all the same with --non-finite"
            + " warn.");
    assertOldOutput();
  }

  @Test
  void nanIsWrittenWithAWarningIfAllowed() {
    merge.model("a", sick(1, Float.NaN)).model("b", sick(Float.NaN, 2));
    merge.options = merge.options.withNonFinite(NonFinite.WARN);
    MergeReport report = run();
    assertThat(report.warnings())
        .containsExactly(
            "tensor 'w' would have 2 values that are NaN or infinite; "
                + folder.resolve("a.safetensors")
                + " has 1 and "
                + folder.resolve("b.safetensors")
                + " has 1. Use a sound copy of that file, or merge all the same with --non-finite"
                + " warn.");
    assertThat(SmallCheckpoint.read(merge.output()).values("w")).containsOnly(Float.NaN);
  }

  @Test
  void aResultTooLargeForItsDtypeIsToldAsSuch() throws IOException {
    for (String model : List.of("a", "b")) {
      merge.model(model, new SmallCheckpoint().with("w", DType.F16, Shape.of(2), 60_000, 1));
    }
    Weights sum = new Weights.Sum(List.of(new Weights.Term(A, 1), new Weights.Term(B, 1)));
    assertThatThrownBy(() -> merge.merge(sum))
        .isInstanceOfSatisfying(
            MokumeException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.NON_FINITE_WEIGHTS))
        .hasMessage(
            "tensor 'w' would have 1 value that is NaN or infinite; the inputs have none: the"
                + " result is too large for the output's dtype. Store it in one that holds more, as"
                + " --dtype f32 does, or merge all the same with --non-finite warn.");
    assertNothingIsLeft();
  }

  @Test
  void nanInWhatIsCopiedIsNobodysBusiness() {
    merge
        .model("a", new SmallCheckpoint().with("w", 1).with("only.a", Float.NaN))
        .model("b", new SmallCheckpoint().with("w", 3));
    assertThat(merge.merge(HALF).values("only.a")).containsExactly(Float.NaN);
  }

  @Test
  void sickTensorsAreToldInTheOrderOfTheFileAndNotAllOfThem() {
    SmallCheckpoint a = new SmallCheckpoint();
    SmallCheckpoint b = new SmallCheckpoint();
    for (int i = 10; i < 40; i++) {
      a.with("t" + i, 1);
      b.with("t" + i, Float.NaN);
    }
    merge.model("a", a).model("b", b);
    merge.options = merge.options.withThreads(3);
    assertThatThrownBy(this::run)
        .isInstanceOfSatisfying(
            MokumeException.class,
            e -> {
              assertThat(e.problems()).hasSize(21);
              assertThat(e.problems().getFirst().message()).startsWith("tensor 't10' ");
              assertThat(e.problems().get(19).message()).startsWith("tensor 't29' ");
              assertThat(e.problems().getLast().message())
                  .isEqualTo("and 10 more tensors with such values.");
            });
  }

  // The same bytes

  @Test
  void aSecondRunGivesTheSameBytes() throws IOException {
    run();
    byte[] first = Files.readAllBytes(merge.output());
    run();
    assertThat(Files.readAllBytes(merge.output())).isEqualTo(first);
  }

  @Test
  void threadsTilesAndMemoryDoNotShow() throws IOException {
    float[] values = new float[50_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 7919 % 1001 - 500) / 1000f;
    }
    merge.model(
        "a",
        new SmallCheckpoint().with("w", values).with("v", DType.BF16, Shape.of(50_000), values));
    Arrays.sort(values);
    merge.model(
        "b",
        new SmallCheckpoint().with("w", values).with("v", DType.BF16, Shape.of(50_000), values));
    Result dare =
        SmallMerge.only(
            Component.OTHER,
            new Weights.Dare(
                A,
                B,
                new Ratio.Constant(0.75),
                new SparseUpdate(0.4, Vote.SUM, true, 5),
                3,
                Interpolation.SLERP,
                Optional.empty()));
    List<byte[]> files = new ArrayList<>();
    for (int threads : List.of(1, 3)) {
      for (int tile : List.of(4096, 1 << 15)) {
        for (long memory : List.of(2L << 20, 64L << 20)) {
          merge.options =
              merge.options.withThreads(threads).withTileElements(tile).withMemory(memory);
          merge.merge(dare);
          files.add(Files.readAllBytes(merge.output()));
        }
      }
    }
    assertThat(files).hasSize(8).allSatisfy(file -> assertThat(file).isEqualTo(files.getFirst()));
  }

  // Where it comes from

  private static String sha256(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }

  @Test
  void theOutputSaysWhatItWasMadeFrom() throws Exception {
    merge.model(
        "a",
        filled(1)
            .withMetadata("modelspec.title", "A model")
            .withMetadata("modelspec.hash_sha256", "0x12"));
    run();
    Map<String, String> metadata = SmallCheckpoint.read(merge.output()).metadata();
    Path a = folder.resolve("a.safetensors");
    Path b = folder.resolve("b.safetensors");
    assertThat(metadata)
        .containsOnly(
            Map.entry("format", "pt"),
            Map.entry("modelspec.title", "A model"),
            Map.entry(Provenance.VERSION, Version.current()),
            Map.entry(Provenance.RECIPE, RecipeWriter.provenance(merge.recipe(HALF))),
            Map.entry(
                Provenance.INPUTS,
                "{\"a\":[{\"file\":\"a.safetensors\",\"bytes\":"
                    + Files.size(a)
                    + ",\"sha256\":\""
                    + sha256(a)
                    + "\"}],\"b\":[{\"file\":\"b.safetensors\",\"bytes\":"
                    + Files.size(b)
                    + ",\"sha256\":\""
                    + sha256(b)
                    + "\"}]}"));
    assertThat(metadata.get(Provenance.RECIPE)).doesNotContain(folder.toString());
  }

  @Test
  void fingerprintsMayBeLeftOut() {
    merge.options = merge.options.withFingerprints(false);
    run();
    assertThat(SmallCheckpoint.read(merge.output()).metadata().get(Provenance.INPUTS))
        .contains("\"sha256\":\"" + "0".repeat(64) + "\"");
  }

  // Who does the work, and who is told

  @Test
  void theCallersExecutorDoesTheWork() {
    Set<String> threads = ConcurrentHashMap.newKeySet();
    onProgress(() -> threads.add(Thread.currentThread().getName()));
    try (ExecutorService executor =
        Executors.newFixedThreadPool(2, task -> new Thread(task, "the caller's"))) {
      merge.options = merge.options.withThreads(2).withExecutor(executor);
      run();
    }
    assertThat(threads).containsExactly("the caller's");
  }

  @Test
  void progressGrowsToItsTotal() {
    merge
        .model("a", filled(1).with("odd", 1, 2, 3).with("copied", 4))
        .model("b", filled(3).with("odd", 1, 2, 3));
    List<Long> done = new ArrayList<>();
    Set<Long> totals = ConcurrentHashMap.newKeySet();
    List<MergePlan> plans = new ArrayList<>();
    merge.options =
        merge
            .options
            .withThreads(3)
            .withListener(
                new MergeListener() {
                  @Override
                  public void planned(MergePlan plan) {
                    plans.add(plan);
                  }

                  @Override
                  public void progressed(long soFar, long total) {
                    done.add(soFar);
                    totals.add(total);
                  }
                });
    run();
    assertThat(plans).hasSize(1);
    assertThat(totals).containsExactly(2L * COUNT + 12 + 4);
    assertThat(done).isSorted().hasSize(3 + 1 + 1);
    assertThat(done.getLast()).isEqualTo(2L * COUNT + 12 + 4);
  }

  // Outputs of the caller's own

  @Test
  void theCallerMayOpenTheOutput() throws IOException {
    run();
    List<MemorySink> opened = new ArrayList<>();
    Mokume.merge(
        merge.recipe(HALF),
        size -> {
          MemorySink sink = new MemorySink((int) size);
          opened.add(sink);
          return sink;
        },
        merge.options);
    assertThat(opened).hasSize(1);
    assertThat(opened.getFirst().bytes()).isEqualTo(Files.readAllBytes(merge.output()));
  }

  @Test
  void anOutputThatFailsIsClosedAndNotCommitted() {
    List<String> calls = new ArrayList<>();
    ByteSink failing =
        new ByteSink() {
          @Override
          public String name() {
            return "bucket/key";
          }

          @Override
          public void write(long offset, java.lang.foreign.MemorySegment part) {
            throw new MokumeException(ErrorCode.NO_SPACE, "bucket/key: no space is left.");
          }

          @Override
          public void commit() {
            calls.add("commit");
          }

          @Override
          public void close() {
            calls.add("close");
          }
        };
    assertThatThrownBy(() -> Mokume.merge(merge.recipe(HALF), _ -> failing, merge.options))
        .hasMessage("bucket/key: no space is left.");
    assertThat(calls).containsExactly("close");
  }
}
