package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.error.ErrorCode;
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
}
