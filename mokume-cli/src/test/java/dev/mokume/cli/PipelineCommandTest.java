package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Folders in the layout of the diffusers library on the command line, in and out.
class PipelineCommandTest {
  private static final String ENCODER = "first_stage_model.encoder.down.0.block.0.norm1.weight";

  @TempDir private Path folder;

  private Path a;
  private Path b;
  private Path out;

  @BeforeEach
  void writeTwoModels() {
    a = model(1, 2).write(folder.resolve("a.safetensors"));
    b = model(3, 6).write(folder.resolve("b.safetensors"));
    out = folder.resolve("out");
  }

  private static TinyCheckpoint model(float first, float second) {
    return new TinyCheckpoint()
        .with(TinyCheckpoint.IN, first, second)
        .with(TinyCheckpoint.OUT, first, second)
        .with(TinyCheckpoint.CLIP, first, second)
        .with(ENCODER, first, second);
  }

  private Run merge(Object... more) {
    Object[] fixed = {
      "merge",
      "--method",
      "weighted-sum",
      a,
      b,
      "--alpha",
      "0.5",
      "--names",
      "diffusers",
      "--no-fsync"
    };
    return Run.of(Stream.concat(Arrays.stream(fixed), Arrays.stream(more)).toArray());
  }

  @Test
  void mergesIntoAFolder() {
    Run run = merge("-o", out);

    assertThat(run.code()).isZero();
    assertThat(run.out().lines())
        .satisfiesExactly(
            line ->
                assertThat(line).startsWith("wrote " + out.resolve("text_encoder/model.safetens")),
            line -> assertThat(line).startsWith("wrote " + out.resolve("unet/diffusion_pytorch")),
            line -> assertThat(line).startsWith("wrote " + out.resolve("vae/diffusion_pytorch")),
            line -> assertThat(line).startsWith("made all 3 together in "));
    assertThat(
            TinyCheckpoint.read(
                out.resolve("unet/diffusion_pytorch_model.safetensors"),
                "down_blocks.0.resnets.0.conv1.weight"))
        .containsExactly(2, 4);
    assertThat(out.resolve("model_index.json")).exists();
    assertThat(out.resolve("unet/config.json")).exists();
    assertThat(run.err()).contains("lacks 'scheduler', 'tokenizer', which no checkpoint holds");
  }

  @Test
  void theFolderIsAModel() {
    merge("-o", out);
    Path again = folder.resolve("again.safetensors");

    Run run = Run.of("merge", "--method", "weighted-sum", out, b, "--alpha", "0.5", "-o", again);

    assertThat(run.code()).isZero();
    assertThat(TinyCheckpoint.read(again, TinyCheckpoint.IN)).containsExactly(2.5f, 5);
    assertThat(TinyCheckpoint.read(again, ENCODER)).containsExactly(2.5f, 5);
    assertThat(run.err())
        .contains("is a folder in the layout of diffusers, read as one checkpoint");
    assertThat(Run.of("inspect", out).out()).contains("diffusers names");
  }

  @Test
  void readsAVariantOfTheFolder() throws IOException {
    merge("-o", out);
    Path half = out.resolve("unet/diffusion_pytorch_model.fp16.safetensors");
    Files.move(out.resolve("unet/diffusion_pytorch_model.safetensors"), half);
    new TinyCheckpoint()
        .with("down_blocks.0.resnets.0.conv1.weight", 7, 8)
        .write(out.resolve("unet/diffusion_pytorch_model.safetensors"));
    Path plain = folder.resolve("plain.safetensors");
    Path variant = folder.resolve("variant.safetensors");

    Run run = Run.of("convert", out, plain, "--only", "unet");
    Run.of("convert", out, variant, "--only", "unet", "--variant", "fp16");

    assertThat(TinyCheckpoint.read(plain, TinyCheckpoint.IN)).containsExactly(7, 8);
    assertThat(TinyCheckpoint.read(variant, TinyCheckpoint.IN)).containsExactly(2, 4);
    assertThat(run.err())
        .contains("note: " + out + ": has other variants of its weights, which stay unread: fp16.");
    assertThat(Run.of("convert", out, plain, "--variant", "bf16", "--force").err())
        .isEqualTo("mokume: " + out + ": has no weights of the variant 'bf16'; it has 'fp16'.\n");
  }

  @Test
  void planShowsEachPart() {
    Run run = merge("--dry-run");

    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains("unet/diffusion_pytorch_model.safetensors: a part of the folder")
        .contains("All 3 outputs together");
    assertThat(Files.exists(out)).isFalse();
  }

  @Test
  void oneComponentIsAFile() {
    Path unet = folder.resolve("unet.safetensors");

    Run run = merge("--only", "unet", "-o", unet);

    assertThat(run.code()).isZero();
    assertThat(TinyCheckpoint.read(unet, "down_blocks.0.resnets.0.conv1.weight"))
        .containsExactly(2, 4);
  }
}
