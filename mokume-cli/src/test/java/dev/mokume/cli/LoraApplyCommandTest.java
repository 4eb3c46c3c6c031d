package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.StoredTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraApplyCommandTest {
  private static final String IN = TinyCheckpoint.IN;

  @TempDir private Path folder;

  private Path model;
  private Path lora;
  private Path out;

  @BeforeEach
  void write() {
    model = TinyCheckpoint.stableDiffusion(3, 4).write(folder.resolve("model.safetensors"));
    lora =
        new TinyCheckpoint()
            .with("lora_unet_input_blocks_1_0_in_layers_2.diff", List.of(2), 1, 2)
            .with("lora_te2_text_projection.lora_up.weight", List.of(1, 1), 1)
            .with("lora_te2_text_projection.lora_down.weight", List.of(1, 1), 1)
            .write(folder.resolve("style.safetensors"));
    out = folder.resolve("out.safetensors");
  }

  private float[] values(String tensor) {
    try (Checkpoint checkpoint = Checkpoints.open(out);
        Arena arena = Arena.ofConfined()) {
      StoredTensor stored = Objects.requireNonNull(checkpoint.tensors().get(tensor));
      MemorySegment bytes = arena.allocate(stored.length(), 8);
      stored.source().read(stored.offset(), bytes);
      return bytes.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }
  }

  @Test
  void appliesEachWithItsStrength() {
    Run run = Run.of("lora", "apply", model, lora + "=0.5", lora, "-o", out);

    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(values(IN)).containsExactly(3 + 1.5f, 4 + 3f);
    assertThat(run.err())
        .contains(
            lora
                + ": not applied, 2 tensors 'lora_te2_*': this checkpoint has no CLIP-G text"
                + " encoder.");
  }

  @Test
  void strengthByComponentAndBlock() {
    Run run =
        Run.of(
            "lora", "apply", model, lora, "--strength", "unet=0.5", "--lbw", "IN01=0.5", "-o", out);

    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(values(IN)).containsExactly(3.25f, 4.5f);
  }

  @Test
  void aFileMayHaveAnEqualsSignInItsName() {
    Path odd =
        new TinyCheckpoint()
            .with("lora_unet_input_blocks_1_0_in_layers_2.diff", List.of(2), 1, 2)
            .write(folder.resolve("a=b.safetensors"));

    assertThat(Run.of("lora", "apply", model, odd, "-o", out).code()).isEqualTo(ExitCode.OK);
    assertThat(values(IN)).containsExactly(4, 6);
  }

  @Test
  void strictRefusesWhatFindsNoHome() {
    Run run = Run.of("lora", "apply", model, lora, "--strict", "-o", out);

    assertThat(run.code()).isNotEqualTo(ExitCode.OK);
    assertThat(run.err()).contains("this checkpoint has no CLIP-G text encoder");
    assertThat(out).doesNotExist();
  }

  @Test
  void aDryRunShowsThePlan() {
    Run run = Run.of("lora", "apply", model, lora + "=0.5", "--dry-run");

    assertThat(run.code()).isEqualTo(ExitCode.OK);
    assertThat(run.out())
        .contains("A + 0.5 style.safetensors")
        .contains("not applied, 2 tensors 'lora_te2_*'");
    assertThat(out).doesNotExist();
  }

  @Test
  void jsonTellsWhatWasDone() {
    assertThat(Run.of("lora", "apply", model, lora, "-o", out, "--json").out())
        .contains("\"merged\":1")
        .contains("this checkpoint has no CLIP-G text encoder");
  }

  @Test
  void tellsWhatIsWrongWithItsOptions() {
    assertThat(Run.of("lora", "apply", model, lora + "=much", "-o", out).err())
        .contains("the strength of " + lora + " must be a number");
    assertThat(Run.of("lora", "apply", model, lora, "--strength", "much", "-o", out).err())
        .contains("--strength takes a number, or pairs like unet=0.8,clip=0.5");
    assertThat(Run.of("lora", "apply", model, lora).err())
        .isEqualTo(
            "mokume lora apply: say where to write the result: -o OUT\n"
                + "Try 'mokume lora apply --help'.\n");
    assertThat(Run.of("lora").err()).contains("what to do with a LoRA?");
  }
}
