package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.error.ErrorCode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraExtractCommandTest {
  private static final String PROJ = "model.diffusion_model.input_blocks.1.1.proj_in.weight";
  private static final String MODULE = "lora_unet_down_blocks_0_attentions_0_proj_in";

  @TempDir private Path folder;

  private Path model(String name, float... values) {
    return new TinyCheckpoint()
        .with(PROJ, List.of(2, 2), values)
        .with("model.diffusion_model.input_blocks.1.1.norm.bias", 1, 2)
        .write(folder.resolve(name + ".safetensors"));
  }

  @Test
  void writesALoraAndTellsWhatItLeaves() {
    Path tuned = model("tuned", 4, 0, 0, 3);
    Path base = model("base", 0, 0, 0, 0);
    Path out = folder.resolve("lora.safetensors");
    Run run =
        Run.of(
            "lora", "extract", tuned, base, "-o", out, "--rank", "1", "--dtype", "f32", "--layers");

    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    // Of singular values 4 and 3 the second is left: 3/5 of the norm.
    assertThat(run.out())
        .matches(
            """
            wrote \\S+lora\\.safetensors: 1\\.\\d\\d kB in \\d\\.\\d\\d s \\(1 layer\\)

            component  layers  unchanged  ranks  left of the difference
            unet            1          0  1                      60\\.0 %%

            layer +shape   rank  difference  left of it
            %s  \\[2, 2\\]     1       5\\.000      60\\.0 %%

            Left out, as biases and norms were not asked for: 1 tensor
            """
                .formatted(MODULE));
    assertThat(TinyCheckpoint.read(out, MODULE + ".alpha")).containsExactly(1);
  }

  @Test
  void tellsItAsJson() {
    Path tuned = model("tuned", 4, 0, 0, 3);
    Path base = model("base", 0, 0, 0, 0);
    Path out = folder.resolve("lora.safetensors");
    Run run = Run.of("lora", "extract", tuned, base, "-o", out, "--energy", "0.6", "--json");

    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .contains("\"module\":\"" + MODULE + "\"")
        .contains("\"shape\":[2,2],\"rank\":1,\"norm\":5.0,")
        .contains(
            "\"left\":[{\"tensor\":\"model.diffusion_model.input_blocks.1.1.norm.bias\",\"reason\":\"biases"
                + " and norms were not asked for\"}]");
  }

  @Test
  void tellsEverythingThatIsWrong() {
    Run run =
        Run.line(
            "lora extract a b -o c --rank 0 --dtype int8 --names mine --only unit --threads 0");

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.INVALID_RECIPE));
    assertThat(run.err())
        .startsWith("mokume: 5 problems; nothing was written.\n")
        .contains("  - a rank must be in 1..4096 but was 0; 16 to 128 are usual.\n")
        .contains(
            "  - --dtype: factors cannot be stored as 'int8'. Choose from F16, BF16, F32, F64.\n")
        .contains("  - --names: there is no 'mine'. Choose from kohya, peft, comfyui.\n")
        .contains("  - there is no component 'unit'; did you mean 'unet'? ")
        .contains("  - --threads must be in 1..1024 but was 0.\n");
  }
}
