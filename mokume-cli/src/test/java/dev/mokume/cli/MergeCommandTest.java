package dev.mokume.cli;

import static dev.mokume.cli.TinyCheckpoint.CLIP;
import static dev.mokume.cli.TinyCheckpoint.IN;
import static dev.mokume.cli.TinyCheckpoint.OUT;
import static dev.mokume.cli.TinyCheckpoint.SCALE;
import static dev.mokume.cli.TinyCheckpoint.VAE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.mokume.error.ErrorCode;
import dev.mokume.event.Profile;
import dev.mokume.event.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergeCommandTest {
  @TempDir private Path folder;

  private Path a;
  private Path b;
  private Path out;

  @BeforeEach
  void writeTwoModels() {
    a = TinyCheckpoint.stableDiffusion(1, 2).write(folder.resolve("a.safetensors"));
    b = TinyCheckpoint.stableDiffusion(3, 6).write(folder.resolve("b.safetensors"));
    out = folder.resolve("out.safetensors");
  }

  private Run merge(String options, Object... models) {
    Object[] arguments =
        Stream.of(
                Stream.of("merge"),
                Stream.of(models),
                Stream.of(options.split(" ")),
                Stream.of("-o", out, "--no-fingerprints", "--no-fsync"))
            .flatMap(words -> words)
            .toArray();
    return Run.of(arguments);
  }

  private void assertRefused(Run run, ErrorCode code, String message) {
    assertThat(run.err()).isEqualTo(message + "\n");
    assertThat(run.out()).isEmpty();
    assertThat(run.code()).isEqualTo(ExitCode.of(code));
    assertNothingElseIn(folder);
  }

  private static void assertNothingElseIn(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> String.valueOf(file.getFileName())))
          .as("no output and no temporary file")
          .allMatch(name -> name.matches("[abcm]\\.(safetensors|yaml)"));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void mergesAndSaysWhatItDid() {
    Run run = merge("--method weighted-sum --alpha 0.25", a, b);

    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .matches("wrote .*out\\.safetensors: .* in .* s \\(5 tensors merged; 80 bytes read\\)\n");
    assertThat(TinyCheckpoint.read(out, IN)).containsExactly(1.5f, 3);
    assertThat(TinyCheckpoint.read(out, VAE)).containsExactly(1.5f, 3);
  }

  @Test
  void mergesByBlock() {
    merge("--method weighted-sum --mbw BASE=0,IN01=1,OUT02=0.5", a, b);

    assertThat(TinyCheckpoint.read(out, IN)).containsExactly(3, 6);
    assertThat(TinyCheckpoint.read(out, OUT)).containsExactly(2, 4);
    assertThat(TinyCheckpoint.read(out, CLIP)).containsExactly(1, 2);
  }

  @Test
  void addsADifference() {
    Path c = TinyCheckpoint.stableDiffusion(2, 2).write(folder.resolve("c.safetensors"));
    merge("--method add-difference --alpha 0.5 --base " + c, a, b);

    assertThat(TinyCheckpoint.read(out, IN)).containsExactly(1.5f, 4);
  }

  @Test
  void leavesTheTextEncodersBuffersAlone() {
    merge("--method clip-simple --ratio 0.5", a, b);

    assertThat(TinyCheckpoint.read(out, CLIP)).containsExactly(2, 4);
    assertThat(TinyCheckpoint.read(out, SCALE)).containsExactly(1, 2);
    assertThat(TinyCheckpoint.read(out, IN)).containsExactly(1, 2);
  }

  @Test
  void bakesAVae() {
    Path c = TinyCheckpoint.stableDiffusion(9, 8).write(folder.resolve("c.safetensors"));
    merge("--method dare --drop-rate 0 --vote off --from vae=" + c, a, b);

    assertThat(TinyCheckpoint.read(out, IN)).containsExactly(3, 6);
    assertThat(TinyCheckpoint.read(out, CLIP)).containsExactly(1, 2);
    assertThat(TinyCheckpoint.read(out, VAE)).containsExactly(9, 8);
  }

  @Test
  void bakesAVaeByItsPlainName() {
    Path c = TinyCheckpoint.stableDiffusion(9, 8).write(folder.resolve("c.safetensors"));
    merge("--method dare --drop-rate 0 --vote off --vae " + c, a, b);

    assertThat(TinyCheckpoint.read(out, VAE)).containsExactly(9, 8);
    assertThat(TinyCheckpoint.read(out, CLIP)).containsExactly(1, 2);
  }

  /// Five tensors of eight bytes, at most two a shard.
  @Test
  void writesShardsIntoAFolder() {
    Path set = folder.resolve("set");
    out = set;

    Run run = merge("--method weighted-sum --max-shard 16", a, b);

    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .startsWith("wrote " + set.resolve("model.safetensors.index.json") + " and 3 shards: ");
    assertThat(set.resolve("model-00003-of-00003.safetensors")).isRegularFile();
    assertThat(TinyCheckpoint.read(set, IN)).containsExactly(2, 4);
    assertThat(TinyCheckpoint.read(set, VAE)).containsExactly(2, 4);
  }

  @Test
  void aFolderIsNotLeftEmpty() {
    Path set = folder.resolve("set");
    out = set;

    Run run = merge("--method weighted-sum --max-shard 5GB --only clip_g", a, b);

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.MISMATCHED_INPUTS));
    assertThat(set).doesNotExist();
  }

  @Test
  void aDryRunTellsOfTheShards() {
    assertThat(merge("--method weighted-sum --max-shard 16 --dry-run", a, b).out())
        .containsPattern("writes  [0-9.]+ kB in 3 shards\n");
  }

  @Test
  void theSameCommandGivesTheSameBytes() throws IOException {
    merge("--method dare --drop-rate 0.5 --threads 1", a, b);
    byte[] first = Files.readAllBytes(out);
    merge("--method dare --drop-rate 0.5 --threads 2 --tile 4096 --force", a, b);

    assertThat(out).hasBinaryContent(first);
  }

  @Test
  void runsARecipeFile() throws IOException {
    Path recipe =
        Files.writeString(
            folder.resolve("m.yaml"),
            """
            mokume: 1
            models: {mine: a.safetensors, yours: b.safetensors}
            output:
              unet: {weighted_sum: {a: mine, b: yours, alpha: 0.5}}
            """);
    Run run = merge("--dtype f32", recipe);

    assertThat(run.err()).isEmpty();
    assertThat(TinyCheckpoint.read(out, IN)).containsExactly(2, 4);
    assertThat(TinyCheckpoint.read(out, VAE)).containsExactly(1, 2);
  }

  /// How long things took is nothing to assert.
  @Test
  void tellsWhereTheTimeWent() {
    Run run = merge("--method weighted-sum --profile", a, b);

    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.out().replaceAll("[0-9.]+ (s|GB/s|%)", "# $1").replaceAll(" +", " "))
        .matches(
            """
            wrote .*
             stage wall threads bytes GB/s of the bound
             plan # s # s
             read # s # s 80 bytes .*
             compute # s # s 120 bytes .*
             write # s # s 40 bytes .*
             rename # s # s
             other # s
             in all # s
             each alone: the disk # s, memory # s, arithmetic # s, hashing the inputs # s
             this machine: copies # GB/s
             bounded by .*: .*
            """);
    assertThat(TinyCheckpoint.read(out, IN)).containsExactly(2, 4);
  }

  @Test
  void tellsItInJsonToo() {
    Run run = merge("--method weighted-sum --profile --json", a, b);

    assertThat(run.out())
        .contains("\"profile\":{\"threads\":")
        .contains("{\"stage\":\"read\",\"pass\":1,")
        .contains("\"boundedBy\":");
    assertThat(run.out().lines()).hasSize(1);
  }

  @Test
  void keepsARecordingForMissionControl() {
    Path recording = folder.resolve("merge.jfr");

    Run run = merge("--method weighted-sum --recording " + recording, a, b);

    assertThat(run.out()).contains("\n  bounded by ");
    assertThat(Profile.of(recording).bytes(Stage.READ)).isEqualTo(80);
  }

  @Test
  void doesNotOverwriteAnotherRecording() throws IOException {
    Path recording = Files.writeString(folder.resolve("m.yaml"), "mine");

    Run run = merge("--method weighted-sum --recording " + recording, a, b);

    assertRefused(
        run,
        ErrorCode.UNWRITABLE_OUTPUT,
        "mokume: "
            + recording
            + ": exists already; choose another name, or allow it to be replaced with --force.");
    assertThat(recording).hasContent("mine");
  }

  @Test
  void jsonIsOneDocument() {
    Run run = merge("--method weighted-sum --json", a, b);

    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .startsWith(
            "{\"output\":\"" + out + "\",\"bytes\":" + size(out) + ",\"bytesRead\":80,\"seconds\":")
        .endsWith(
            ",\"tensors\":{\"copied\":0,\"converted\":0,\"merged\":5,\"left\":0},\"notes\":[],"
                + "\"warnings\":[]}\n");
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aDryRunWritesNothing() {
    Run run = merge("--method weighted-sum --dry-run", a, b);

    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("Shares", "50 % A + 50 % B");
    assertNothingElseIn(folder);
  }

  @Test
  void refusesADropRateAboveOne() {
    assertRefused(
        merge("--method dare --drop-rate 1.5", a, b),
        ErrorCode.INVALID_RECIPE,
        "mokume: --drop-rate must be in [0, 1] but was 1.5; 0 keeps every difference, 1 drops"
            + " all.");
  }

  @Test
  void offersTheNearestBlock() {
    Run run = merge("--method weighted-sum --mbw IN0O1=0.5", a, b);

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.INVALID_RECIPE));
    assertThat(run.err()).contains("has no block 'IN0O1'; did you mean 'IN01'?");
    assertNothingElseIn(folder);
  }

  @Test
  void refusesToWriteOverAnInput() throws IOException {
    byte[] before = Files.readAllBytes(a);
    out = a;

    assertRefused(
        merge("--method weighted-sum --force", a, b),
        ErrorCode.UNWRITABLE_OUTPUT,
        "mokume: "
            + a
            + ": is the same file as the input "
            + a
            + ", and an input is never written over; choose another name for the output.");
    assertThat(a).hasBinaryContent(before);
  }

  @Test
  void refusesToReplaceAFileUnlessTold() throws IOException {
    Files.writeString(folder.resolve("c.safetensors"), "precious");
    out = folder.resolve("c.safetensors");

    assertRefused(
        merge("--method weighted-sum", a, b),
        ErrorCode.UNWRITABLE_OUTPUT,
        "mokume: "
            + out
            + ": exists already; choose another name, or allow it to be replaced with --force.");
    assertThat(out).hasContent("precious");
  }

  @Test
  void tellsOfAFileThatIsNotThere() {
    assertRefused(
        merge("--method weighted-sum", a, folder.resolve("gone")),
        ErrorCode.UNREADABLE_INPUT,
        "mokume: " + folder.resolve("gone") + ": there is no such file.");
  }

  @Test
  void tellsOfAFolderInsteadOfAFile() throws IOException {
    Path empty =
        Files.createDirectory(
            folder.resolve("a.yaml")); // the name is one that assertNothingElseIn knows
    Run run = merge("--method weighted-sum", empty.getParent().resolve("a.yaml"), b);

    assertThat(run.code()).isNotZero();
    Path nothing = folder.resolve("b.yaml");
    Files.createDirectory(nothing);
    assertThat(merge("--method weighted-sum", a, folder).err())
        .contains("is a folder with 2 checkpoints");
    assertNothingElseIn(folder);
  }

  @Test
  void tellsOfATruncatedFile() throws IOException {
    byte[] whole = Files.readAllBytes(b);
    Files.write(b, java.util.Arrays.copyOf(whole, whole.length - 4));
    Run run = merge("--method weighted-sum", a, b);

    assertThat(run.code()).isEqualTo(4);
    assertThat(run.err())
        .startsWith("mokume: " + b + ": tensor '" + VAE + "' ends at byte 40 of the data");
    assertNothingElseIn(folder);
  }

  @Test
  void tellsOfAFileThatMayNotBeRead() {
    assumeThat(b.toFile().setReadable(false) && !Files.isReadable(b))
        .as("a user whom permissions bind")
        .isTrue();
    Run run = merge("--method weighted-sum", a, b);

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.UNREADABLE_INPUT));
    assertNothingElseIn(folder);
  }

  @Test
  void tellsOfShapesThatDiffer() {
    TinyCheckpoint.stableDiffusion(3, 6).with(IN, 1, 2, 3).write(b);
    Run run = merge("--method weighted-sum", a, b);

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.MISMATCHED_INPUTS));
    assertThat(run.err()).contains(IN, "[3]", "[2]");
    assertNothingElseIn(folder);
  }

  @Test
  void tellsOfNanByTheTensorsName() {
    TinyCheckpoint.stableDiffusion(3, 6).with(IN, 1, Float.NaN).write(b);
    Run refused = merge("--method weighted-sum", a, b);

    assertThat(refused.code()).isEqualTo(ExitCode.of(ErrorCode.NON_FINITE_WEIGHTS));
    assertThat(refused.err()).contains(IN);
    assertNothingElseIn(folder);

    Run warned = merge("--method weighted-sum --non-finite warn", a, b);
    assertThat(warned.code()).isZero();
    assertThat(warned.err()).startsWith("warning: ").contains(IN);
  }

  @Test
  void tellsAllThatIsWrongAtOnce() {
    Run run = merge("--method dare --drop-rate 2 --iterations 0 --interpolation slurp", a, b);

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.INVALID_RECIPE));
    assertThat(run.err().lines())
        .hasSize(4)
        .startsWith("mokume: 3 problems; nothing was written.")
        .allSatisfy(line ->
            assertThat(line).matches("mokume: .*|  - --(drop-rate|iterations|interpolation).*"));
  }

  @Test
  void tellsOfAMemoryBudgetThatIsTooSmall() {
    assertRefused(
        merge("--method weighted-sum --memory 100M", a, b),
        ErrorCode.MEMORY_BUDGET,
        "mokume: --memory: 100M is too little: a Java process with the vector module needs most of"
            + " that for itself. Give at least 160M; 512M is the default.");
  }

  @Test
  void asksForAnOutput() {
    Run run = Run.of("merge", "--method", "weighted-sum", a, b);

    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err())
        .isEqualTo(
            "mokume merge: say where to write the result: -o OUT\nTry 'mokume merge --help'.\n");
  }

  @Test
  void asksForAMethod() {
    Run run = merge("--threads 1", a, b);

    assertThat(run.err())
        .isEqualTo(
            "mokume merge: say how to merge: --method NAME with models ('mokume methods' lists the"
                + " methods), or a single recipe file (.yaml)\nTry 'mokume merge --help'.\n");
  }

  @Test
  void aRecipeSaysItselfHowToMerge() throws IOException {
    Path recipe = Files.writeString(folder.resolve("m.yaml"), "mokume: 1\n");

    assertThat(merge("--alpha 0.3 --mbw 1", recipe).err())
        .isEqualTo(
            "mokume: 2 problems; nothing was written.\n"
                + "  - --alpha does not go with a recipe file: write it in "
                + recipe
                + ".\n"
                + "  - --mbw does not go with a recipe file: write it in "
                + recipe
                + ".\n");
    assertThat(merge("--method dare", recipe, b).err())
        .isEqualTo(
            "mokume: "
                + recipe
                + " is a recipe, which says itself how to merge: leave --method out, or name models"
                + " instead.\n");
  }

  // Bringing an output up to date

  private Run merging(String options) {
    return Run.line("merge --method weighted-sum %s %s %s --no-fsync".formatted(a, b, options));
  }

  @Test
  void anUpdateMakesWhatChangesAndSaysSo() throws IOException {
    Run first = merging("--mbw BASE=0.5 -o " + out);
    assertThat(first.err()).isEmpty();
    byte[] before = Files.readAllBytes(out);

    Run dry = merging("--mbw BASE=0.5,IN01=1 --dry-run --update " + out);
    assertThat(dry.err()).isEmpty();
    assertThat(dry.out())
        .endsWith(
            """

            Update
              makes anew  1 tensor of 8 bytes
              keeps       4 tensors of 32 bytes
            """);
    assertThat(out).hasBinaryContent(before);

    Run run = merging("--mbw BASE=0.5,IN01=1 --update " + out);
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .matches(
            "updated .*out\\.safetensors: .* in .* s \\(made 1 tensor of 8 bytes anew, kept 4"
                + " tensors of 32 bytes; 40 bytes read\\)\n");
    byte[] updated = Files.readAllBytes(out);
    merging("--mbw BASE=0.5,IN01=1 --force -o " + out);
    assertThat(out).hasBinaryContent(updated);
  }

  @Test
  void anUpdateThatChangesNothingSaysSo() {
    merging("--mbw BASE=0.5 -o " + out);

    Run run = merging("--mbw BASE=0.5 --update " + out);

    assertThat(run.err()).isEmpty();
    assertThat(run.out()).isEqualTo(out + " is up to date: nothing was written.\n");
    Run dry = merging("--mbw BASE=0.5 --dry-run --update " + out);
    assertThat(dry.err()).isEmpty();
    assertThat(dry.out())
        .doesNotContain("reads", "writes", "Update")
        .endsWith("\n\n" + out + " is up to date: nothing would be written.\n");
    assertThat(merging("--mbw BASE=0.5 --json --dry-run --update " + out).out())
        .contains("\"readBytes\":0", "\"outputBytes\":0");
    assertThat(merging("--mbw BASE=0.5 --json --update " + out).out())
        .contains("\"written\":false");
    assertThat(merging("--mbw BASE=0.4 --json --update " + out).out()).contains("\"written\":true");
  }

  @Test
  void anUpdateByARecipeAsJson() throws IOException {
    Path recipe =
        Files.writeString(
            folder.resolve("m.yaml"),
            """
            mokume: 1
            models: {a: a.safetensors, b: b.safetensors}
            output: {unet: {weighted_sum: {a: a, b: b, alpha: 0.5}}}
            """);
    Run.of("merge", recipe, "-o", out, "--no-fsync");
    for (String dry : new String[] {"--dry-run", "--no-fsync"}) {
      Run run = Run.of("merge", recipe, "--update", out, "--json", dry);
      assertThat(run.err()).isEmpty();
      assertThat(run.out().replaceAll("\\s", ""))
          .contains(
              "\"update\":{\"made\":{\"tensors\":0,\"bytes\":0},\"kept\":{\"tensors\":5,\"bytes\":40}}");
    }
  }

  @Test
  void anUpdateOfWhatIsNotKnownSaysWhy() {
    merging("--no-fingerprints -o " + out);
    Run run = merging("--update " + out);
    assertThat(run.err())
        .isEqualTo(
            "note: everything is computed: "
                + out
                + " does not say which a.safetensors it was made of.\n");
    assertThat(run.out()).contains("(made 5 tensors of 40 bytes anew, kept 0 tensors; ");
  }

  @Test
  void anUpdateHasOnePlaceToGo() {
    assertRefused(
        merge("--method weighted-sum --update other.safetensors", a, b),
        ErrorCode.INVALID_RECIPE,
        "mokume: -o and --update both say where the result goes; give one of them.");
    Run folders = merging("--names diffusers --update " + folder.resolve("pipeline"));
    assertRefused(
        folders,
        ErrorCode.INVALID_RECIPE,
        "mokume: --update does not go with --names diffusers, where the output is a folder of many"
            + " files; write it anew with -o OUT --force.");
    assertRefused(
        merging("--update " + folder),
        ErrorCode.INVALID_RECIPE,
        "mokume: "
            + folder
            + ": is a folder, and an output in a folder is divided into shards: say with"
            + " --max-shard how large they may be, as when it was written.");
  }
}
