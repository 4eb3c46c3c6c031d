package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.error.ErrorCode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `mokume lora merge`, `resize` and `inspect`.
class LoraCommandsTest {
  private static final String MODULE = "lora_unet_input_blocks_1_1_proj_in";

  @TempDir private Path folder;

  /// Of two columns, with a product of singular values 3 and 1.
  private Path lora(String name) {
    return new TinyCheckpoint()
        .with(MODULE + ".lora_up.weight", List.of(2, 2), 3, 0, 0, 1)
        .with(MODULE + ".lora_down.weight", List.of(2, 2), 1, 0, 0, 1)
        .with(MODULE + ".alpha", List.of(), 2)
        .withMetadata("ss_network_dim", "2")
        .withMetadata("ss_tag_frequency", "{\"set\": {\"cat\": 3, \"hat\": 5}}")
        .write(folder.resolve(name + ".safetensors"));
  }

  @Test
  void resizeTellsWhatIsLost() {
    Path out = folder.resolve("out.safetensors");
    Run run = Run.of("lora", "resize", lora("a"), "--rank", "1", "-o", out, "--layers");

    assertThat(run.err()).isEmpty();
    // 1 of sqrt(10) is left.
    assertThat(run.out())
        .matches(
            """
            wrote \\S+out\\.safetensors: \\d+ bytes|\\d\\.\\d\\d kB in \\d\\.\\d\\d s \\(1 layer\\)
            ranks 2 before, 1 after; at most 31\\.6 %% of a layer's product was lost

            layer +rank before  after  left of the product
            %s            2      1               31\\.6 %%
            """
                .formatted(MODULE)
                .replace("\\d+ bytes|\\d\\.\\d\\d kB", "(?:\\d+ bytes|\\d\\.\\d\\d kB)"));
    assertThat(TinyCheckpoint.read(out, MODULE + ".alpha")).containsExactly(1);
  }

  @Test
  void tellHowTheirInputsWereRead() {
    Path pickle = Path.of("../mokume-core/src/test/resources/torch/hostile-reduce.ckpt");
    String skipped = pickle + ": beside its weights it asks for 'posix.system'";

    assertThat(Run.of("lora", "inspect", pickle).out()).contains("  Notes\n", skipped);
    assertThat(Run.of("lora", "inspect", pickle, "--json").out()).contains("\"notes\":[\"");
    assertThat(Run.of("lora", "extract", pickle, pickle, "-o", folder.resolve("o")).err())
        .contains("note: " + pickle + ": its weights", "warning: " + skipped);
  }

  @Test
  void mergeAddsWhatTheLorasDo() {
    Path out = folder.resolve("out.safetensors");
    Run run = Run.of("lora", "merge", lora("a"), lora("b") + "=2", "-o", out);

    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("\nranks 4 before, 4 after\n");
    assertThat(TinyCheckpoint.read(out, MODULE + ".lora_up.weight"))
        .containsExactly(3, 0, 6, 0, 0, 1, 0, 2);
    assertThat(TinyCheckpoint.read(out, MODULE + ".alpha")).containsExactly(4);
  }

  @Test
  void mergeWarnsOfLorasWithoutACommonModule() {
    Path first = lora("a");
    Path other =
        new TinyCheckpoint()
            .with("lora_unet_mid_block_1_proj_in.lora_up.weight", List.of(2, 1), 3, 0)
            .with("lora_unet_mid_block_1_proj_in.lora_down.weight", List.of(1, 2), 1, 0)
            .with("lora_te_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", List.of(2, 1), 1, 0)
            .with(
                "lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", List.of(1, 2), 1, 0)
            .write(folder.resolve("b.safetensors"));
    Path out = folder.resolve("out.safetensors");

    Run run = Run.of("lora", "merge", first, other, "-o", out);

    assertThat(run.code()).isZero();
    assertThat(run.err())
        .isEqualTo(
            "warning: the LoRAs have no module in common, so each one's go into the output alone: "
                + first
                + " (1 module, such as '"
                + MODULE
                + "'), "
                + other
                + " (2 modules, such as 'lora_unet_mid_block_1_proj_in'). They are"
                + " for different models, or name modules differently.\n");
    assertThat(TinyCheckpoint.read(out, MODULE + ".alpha")).containsExactly(2);
  }

  @Test
  void aFileMayHaveAnEqualsSignInItsName() {
    Path out = folder.resolve("out.safetensors");
    Run run = Run.of("lora", "merge", lora("style=v2"), "-o", out);
    assertThat(run.err()).isEmpty();
    assertThat(TinyCheckpoint.read(out, MODULE + ".alpha")).containsExactly(2);
  }

  @Test
  void tellsWhatDoesNotGoTogether() {
    Run run = Run.line("lora merge a.safetensors=1e999 --mean factor --rank 0 -o out --threads 0");
    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.INVALID_RECIPE));
    assertThat(run.err())
        .contains(
            "  - the weight of a.safetensors must be a number: '1e999' is too large a number.\n")
        .contains(
            "  - --mean: there is no 'factor'; did you mean 'factors'? Choose from products,"
                + " factors.\n")
        .contains("  - a rank must be in 1..4096 but was 0; 16 to 128 are usual.\n")
        .contains("  - --threads must be in 1..1024 but was 0.\n");

    assertThat(Run.line("lora merge a b --mean factors --rank 4 -o out").err())
        .isEqualTo(
            "mokume: --rank does not go with --mean factors, whose rank is the LoRAs' own; use"
                + " --mean products.\n");
  }

  @Test
  void inspectTellsPartsRanksAndTags() {
    Run run = Run.of("lora", "inspect", lora("a"));
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .contains(
            """
              part  modules  kinds  ranks  scale (alpha / rank)
              unet        1  LoRA   2      1.0

              Training
                ss_network_dim  2

              Tags (2): hat, cat
            """);
  }

  @Test
  void inspectSaysThatAModelIsNoLora() {
    Path model =
        new TinyCheckpoint().with("a.weight", 1, 2).write(folder.resolve("model.safetensors"));

    Run run = Run.of("lora", "inspect", model);

    assertThat(run.code()).isZero();
    assertThat(run.out())
        .endsWith(
            """

              Nothing in it changes a model: it is no LoRA, or of a kind that is not known.

              Not understood (1)
                'a.weight': what it is for is not known
            """);
  }

  @Test
  void inspectTellsItAsJson() {
    Path file =
        new TinyCheckpoint()
            .with(MODULE + ".lora_up.weight", List.of(2, 1), 3, 0)
            .with(MODULE + ".lora_down.weight", List.of(1, 2), 1, 0)
            .with("lora_te_text_model_encoder_layers_0_mlp_fc1.diff_b", 1, 2)
            .with("odd", 1, 2)
            .write(folder.resolve("a.safetensors"));
    assertThat(Run.of("lora", "inspect", file, "--json").out())
        .contains(
            "\"part\":\"unet\",\"modules\":1,\"kinds\":{\"LoRA\":1},\"ranks\":{\"1\":1},\"scales\":{\"1.0\":1}")
        .contains(
            "\"part\":\"te\",\"modules\":1,\"kinds\":{\"difference of a"
                + " bias\":1},\"ranks\":{},\"scales\":{}")
        .contains("\"unread\":[{\"tensor\":\"odd\",\"reason\":\"what it is for is not known\"}]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"extract a b", "resize a --rank 1", "merge a b"})
  void factorsAreOfAtLeastSixteenBits(String command) {
    Run run = Run.line("lora " + command + " -o c --dtype f8_e4m3");

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.INVALID_RECIPE));
    assertThat(run.err())
        .isEqualTo(
            "mokume: --dtype: factors cannot be stored as 'f8_e4m3'. Choose from F16, BF16, F32,"
                + " F64.\n");
  }
}
