package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.error.ErrorCode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SynthCommandTest {
  @TempDir private Path folder;

  @Test
  void listsItsLayouts() {
    assertThat(Run.line("synth --list").out())
        .startsWith("short name ")
        .contains("\nsdxl ", "sdxl_full_f16");
    assertThat(Run.line("synth --list --json").out())
        .startsWith("{\"layouts\":[\"")
        .contains("\"sd15_full_f16\"");
  }

  @Test
  void makesASibling() {
    Path base = TinyCheckpoint.stableDiffusion(1, 2).write(folder.resolve("base.safetensors"));
    Path out = folder.resolve("out.safetensors");
    Run run = Run.of("synth", "--from", base, "--noise", "0.1", "--seed", "5", "-o", out);

    assertThat(run.err()).isEmpty();
    assertThat(run.out()).matches("wrote .*out\\.safetensors: .* in .* s \\(5 tensors\\)\n");
    assertThat(TinyCheckpoint.read(out, TinyCheckpoint.IN))
        .hasSize(2)
        .isNotEqualTo(new float[] {1, 2});
  }

  @Test
  void tellsEverythingThatIsWrong() {
    Run run = Run.line("synth --layout sd51 --dtype int8 --noise 1 --threads 0 -o out.safetensors");

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.INVALID_RECIPE));
    assertThat(run.err())
        .startsWith("mokume: 4 problems; nothing was written.\n")
        .contains("  - --noise goes with --from FILE.\n")
        .contains("  - --dtype: weights cannot be stored as 'int8'. Choose from ")
        .contains("  - there is no layout 'sd51'")
        .contains("  - --threads must be in 1..1024 but was 0.\n");
  }
}
