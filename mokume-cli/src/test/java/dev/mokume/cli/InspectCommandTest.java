package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.error.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
  @TempDir private Path folder;

  @Test
  void tellsWhatAFileHolds() {
    Path file = TinyCheckpoint.stableDiffusion(1, 2).write(folder.resolve("a.safetensors"));

    assertThat(Run.of("inspect", file, "--tensors").out())
        .startsWith(file + "\n")
        .contains("\n  component  tensors  elements      size  dtype  blocks\n")
        .contains("\n  unet             2         4  16 bytes  F32    IN01 OUT02\n")
        .contains(TinyCheckpoint.VAE + "  ");
  }

  @Test
  void jsonHasItAll() {
    Path file = TinyCheckpoint.stableDiffusion(1, 2).write(folder.resolve("a.safetensors"));

    assertThat(Run.of("inspect", file, "--json").out())
        .startsWith("{\"file\":\"" + file + "\",\"architecture\":\"")
        .contains(
            "{\"component\":\"unet\",\"tensors\":2,\"elements\":4,\"bytes\":16,\"dtypes\":{\"F32\":2}}")
        .endsWith("}\n");
  }

  @Test
  void controlCharactersDoNotReachTheTerminal() {
    Path file =
        new TinyCheckpoint().with("a\\u001b[31mred", 1).write(folder.resolve("a.safetensors"));

    assertThat(Run.of("inspect", file, "--tensors").out())
        .doesNotContain("\u001b")
        .contains("a\\u001b[31mred");
  }

  @Test
  void failuresAreJsonToo() {
    Path gone = folder.resolve("gone");
    Run run = Run.of("inspect", gone, "--json");

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.UNREADABLE_INPUT));
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .isEqualTo(
            "{\"error\":{\"code\":\"UNREADABLE_INPUT\",\"exitCode\":5,\"messages\":[\""
                + gone
                + ": there is no such file.\"]}}\n");
  }

  /// A pickle of `w`, a NumPy array of one float, in `model`, and of a call beside it.
  private Path hostile() throws IOException {
    String pickle =
        "\u0080\2}(X\5\0\0\0model}X\1\0\0\0wcnumpy.core.multiarray\n_reconstruct\n"
            + "cnumpy\nndarray\nK\0\u0085C\1b\u0087R(K\1K\1\u0085cnumpy\ndtype\n"
            + "X\2\0\0\0f4\u0089\u0088\u0087R(K\3X\1\0\0\0<NNNtb\u0089C\4\0\0\u0080?tbs"
            + "X\1\0\0\0xcposix\nsystem\nX\2\0\0\0id\u0085Ru.";
    return Files.write(folder.resolve("a.pkl"), pickle.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void tellsWhatWasSkipped() throws IOException {
    Path file = hostile();

    assertThat(Run.of("inspect", file).out())
        .contains(
            "\n  Notes\n    "
                + file
                + ": its weights are what lies in 'model'.\n    "
                + file
                + ": beside its weights it asks for 'posix.system', which no weight needs. Mokume"
                + " loads and calls nothing that a file names; the weights are read without it.\n");
    assertThat(Run.of("inspect", file, "--json").out())
        .contains(
            "\"notes\":[{\"kind\":\"reading\",\"text\":\""
                + file
                + ": its weights are what lies in 'model'.\"},{\"kind\":\"skipped\",\"text\":\"");
  }

  @Test
  void aStrictRunRefusesWhatWasSkipped() throws IOException {
    Path file = hostile();
    Run run = Run.of("inspect", file, "--strict");

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.UNSUPPORTED_CHECKPOINT));
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .isEqualTo(
            "mokume: "
                + file
                + ": beside its weights it asks for 'posix.system', which no weight needs. Mokume"
                + " loads and calls nothing that a file names; the weights are read without it. A"
                + " strict run refuses that.\n");
    assertThat(
            Run.of(
                "merge",
                "--method",
                "weighted-sum",
                file,
                file,
                "-o",
                folder.resolve("o"),
                "--strict"))
        .satisfies(merge -> {
          assertThat(merge.code()).isEqualTo(ExitCode.of(ErrorCode.UNSUPPORTED_CHECKPOINT));
          assertThat(merge.err()).endsWith(run.err());
        });
  }

  @Test
  void aMergeTellsWhatWasSkippedAndRuns() throws IOException {
    Path file = hostile();
    Path out = folder.resolve("out.safetensors");
    Run run = Run.of("merge", "--method", "weighted-sum", file, file, "-o", out, "--json");

    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("\"warnings\":[").contains("it asks for 'posix.system'");
    assertThat(TinyCheckpoint.read(out, "w")).containsExactly(1);
    assertThat(Run.of("plan", "--method", "weighted-sum", file, file).out())
        .contains("\nNotes\n  " + file + ": its weights are what lies in 'model'.\n");
  }

  @Test
  void anAddressThatIsNoneIsNotRepeated() {
    Run run = Run.of("inspect", "https://me:pa55@ho st/a.safetensors");

    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains("begins with http:// or https://").doesNotContain("pa55");
  }
}
