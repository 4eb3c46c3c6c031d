package dev.mokume.cli;

import static dev.mokume.cli.TinyCheckpoint.CLIP;
import static dev.mokume.cli.TinyCheckpoint.IN;
import static dev.mokume.cli.TinyCheckpoint.OUT;
import static dev.mokume.cli.TinyCheckpoint.SCALE;
import static dev.mokume.cli.TinyCheckpoint.VAE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertCommandTest {
  @TempDir private Path folder;

  private Path in;
  private Path out;

  @BeforeEach
  void writeModel() {
    in = TinyCheckpoint.stableDiffusion(1, 2).write(folder.resolve("in.safetensors"));
    out = folder.resolve("out.safetensors");
  }

  private Run convert(Path from, Path to, String... options) {
    return Run.of(
        Stream.concat(
                Stream.of("convert", from, to, "--no-fingerprints", "--no-fsync"),
                Stream.of(options))
            .toArray());
  }

  private static Map<String, DType> dtypes(Path file) {
    try (Checkpoint checkpoint = Checkpoints.open(file)) {
      return checkpoint.tensors().values().stream()
          .map(StoredTensor::spec)
          .collect(Collectors.toMap(spec -> spec.name(), spec -> spec.dtype()));
    }
  }

  @Test
  void copiesBitByBitAndSaysWhatItDid() {
    Run run = convert(in, out);

    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .matches("wrote .*out\\.safetensors: .* in .* s \\(5 tensors copied; 40 bytes read\\)\n");
    assertThat(dtypes(out).keySet()).containsExactlyInAnyOrder(IN, OUT, CLIP, SCALE, VAE);
    assertThat(TinyCheckpoint.read(out, OUT)).containsExactly(1, 2);
  }

  @Test
  void storesAComponentInAnotherDtype() {
    convert(in, out, "--dtype", "unet=bf16");

    assertThat(dtypes(out)).containsEntry(IN, DType.BF16).containsEntry(VAE, DType.F32);
  }

  @Test
  void writesOneComponentUnderBareNames() {
    convert(in, out, "--only", "unet", "--names", "bare");

    assertThat(dtypes(out).keySet())
        .containsExactlyInAnyOrder(
            "input_blocks.1.0.in_layers.2.weight", "output_blocks.2.0.in_layers.2.weight");
  }

  @Test
  void bakesInAnotherVae() {
    Path vae = new TinyCheckpoint().with(VAE, 8, 9).write(folder.resolve("vae.safetensors"));

    convert(in, out, "--vae", vae.toString());

    assertThat(TinyCheckpoint.read(out, VAE)).containsExactly(8, 9);
    assertThat(TinyCheckpoint.read(out, IN)).containsExactly(1, 2);
  }

  @Test
  void whatAFileDoesNotHaveCannotBeTakenFromIt() {
    Path clip =
        new TinyCheckpoint()
            .with("text_model.encoder.layers.0.layer_norm1.weight", 8, 9)
            .write(folder.resolve("clip.safetensors"));

    Run run = convert(in, out, "--from", "vae=" + clip);

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.MISMATCHED_INPUTS));
    assertThat(run.err())
        .endsWith(
            "mokume: "
                + clip
                + ": has not the VAE, which is to be taken from it. It holds clip_l.\n");
    assertThat(out).doesNotExist();
  }

  /// Nothing is computed, so nobody's behaviour can be reproduced.
  @Test
  void hasNoOptionsOfMethods() {
    assertThat(Run.of("convert", "--help").out())
        .doesNotContain("--compat")
        .doesNotContain("--rng");
    assertThat(convert(in, out, "--rng", "torch-cpu").err()).contains("there is no option '--rng'");
  }

  @Test
  void dropsOrPromotesTheMovingAverage() {
    String average = "model_ema.diffusion_modelinput_blocks10in_layers2weight";
    Path trained =
        TinyCheckpoint.stableDiffusion(1, 2)
            .with(average, 5, 6)
            .write(folder.resolve("trained.safetensors"));
    Path promoted = folder.resolve("promoted.safetensors");

    convert(trained, out, "--ema", "drop");
    convert(trained, promoted, "--ema", "promote");

    assertThat(dtypes(out)).doesNotContainKey(average);
    assertThat(TinyCheckpoint.read(out, IN)).containsExactly(1, 2);
    assertThat(dtypes(promoted)).doesNotContainKey(average);
    assertThat(TinyCheckpoint.read(promoted, IN)).containsExactly(5, 6);
  }

  @Test
  void repairsThePlacesOfAPrompt() {
    String ids = "cond_stage_model.transformer.text_model.embeddings.position_ids";
    Path damaged =
        TinyCheckpoint.stableDiffusion(1, 2)
            .with(ids, List.of(1, 3), 0, 1, 1.999f)
            .write(folder.resolve("damaged.safetensors"));

    convert(damaged, out, "--position-ids", "repair");

    assertThat(dtypes(out)).containsEntry(ids, DType.I64);
    assertThat(longs(out, ids)).containsExactly(0, 1, 2);
    assertThat(TinyCheckpoint.read(out, CLIP)).containsExactly(1, 2);
  }

  private static long[] longs(Path file, String tensor) {
    try (Checkpoint checkpoint = Checkpoints.open(file);
        Arena arena = Arena.ofConfined()) {
      StoredTensor stored = checkpoint.tensors().get(tensor);
      MemorySegment bytes = arena.allocate(stored.length());
      stored.source().read(stored.offset(), bytes);
      return bytes.toArray(ValueLayout.JAVA_LONG_UNALIGNED);
    }
  }

  @Test
  void editsMetadata() {
    Path titled =
        TinyCheckpoint.stableDiffusion(1, 2)
            .withMetadata("modelspec.title", "Old")
            .withMetadata("modelspec.author", "Somebody")
            .write(folder.resolve("titled.safetensors"));

    convert(titled, out, "--metadata", "modelspec.title=New", "--metadata", "modelspec.author=");

    try (Checkpoint checkpoint = Checkpoints.open(out)) {
      assertThat(checkpoint.metadata())
          .containsEntry("modelspec.title", "New")
          .doesNotContainKey("modelspec.author");
    }
  }

  @Test
  void tellsWhatMetadataItCannotWrite() {
    Run run = convert(in, out, "--metadata", "mokume.recipe=x", "--metadata", "title");

    assertThat(run.err())
        .isEqualTo(
            """
            mokume: 2 problems; nothing was written.
              - --metadata cannot set 'mokume.recipe', which Mokume writes itself.
              - --metadata: 'title' is not KEY=TEXT; write --metadata title=Mine.
            """);
    assertThat(out).doesNotExist();
  }

  @Test
  void splitsIntoShardsAndJoinsThem() throws Exception {
    Path shards = folder.resolve("shards");
    Files.createDirectory(shards);

    convert(in, shards, "--max-shard", "16");
    convert(shards, out);

    assertThat(Files.list(shards).map(file -> file.getFileName().toString()).sorted())
        .containsExactly(
            "model-00001-of-00003.safetensors",
            "model-00002-of-00003.safetensors",
            "model-00003-of-00003.safetensors",
            "model.safetensors.index.json");
    for (String name : List.of(IN, OUT, CLIP, SCALE, VAE)) {
      assertThat(TinyCheckpoint.read(out, name)).containsExactly(1, 2);
    }
  }

  @Test
  void planShowsWhatWouldBeDone() {
    Run run = convert(in, out, "--dry-run", "--dtype", "f16");

    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("converted");
    assertThat(out).doesNotExist();
  }

  @Test
  void tellsWhatItCannotWrite() {
    Run run = convert(in, folder.resolve("out.ckpt"));

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.UNWRITABLE_OUTPUT));
    assertThat(run.err())
        .contains("out.ckpt: the name is not that of a format which Mokume writes");
  }
}
