package dev.mokume.synth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.Layout;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SynthTest {
  /// Longer than two tiles, so that its border lies inside.
  private static final TensorSpec WIDE =
      spec("model.diffusion_model.out.2.weight", DType.F16, 700, 1000);

  private static final Layout LAYOUT =
      layout(
          WIDE,
          spec("model.diffusion_model.out.0.weight", DType.F16, 5000),
          spec("cond_stage_model.transformer.text_model.embeddings.position_ids", DType.I64, 1, 77),
          spec("alphas_cumprod", DType.F32, 1000),
          spec("model_ema.num_updates", DType.I32),
          spec("logit_scale", DType.F32),
          spec("v_pred", DType.I64, 0));

  @TempDir Path folder;

  private static TensorSpec spec(String name, DType dtype, long... shape) {
    return new TensorSpec(name, dtype, Shape.of(shape));
  }

  private static Layout layout(TensorSpec... specs) {
    SequencedMap<String, Layout.Entry> tensors = new LinkedHashMap<>();
    for (TensorSpec spec : specs) {
      tensors.put(spec.name(), new Layout.Entry(spec, Component.UNET, false));
    }
    return new Layout("small", "", tensors);
  }

  private Path path(String name) {
    return folder.resolve(name + ".safetensors");
  }

  private Path made(String name, Optional<DType> floats, long seed, int threads) {
    Path path = path(name);
    Synth.fromLayout(LAYOUT, floats, seed, path, SynthOptions.defaults().withThreads(threads));
    return path;
  }

  private static float[] floats(Checkpoint checkpoint, String name) {
    StoredTensor tensor = checkpoint.tensors().get(name);
    int width = tensor.spec().dtype().bits() / 8;
    float[] values = new float[(int) tensor.spec().elementCount()];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(tensor.length());
      tensor.source().read(tensor.offset(), bytes);
      for (int i = 0; i < values.length; i++) {
        values[i] =
            width == 4
                ? bytes.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i)
                : Float.float16ToFloat(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i));
      }
    }
    return values;
  }

  private static double deviation(float[] values) {
    double sum = 0;
    double squares = 0;
    for (double value : values) {
      sum += value;
      squares += value * value;
    }
    double mean = sum / values.length;
    return Math.sqrt(squares / values.length - mean * mean);
  }

  @Test
  void hasTheLayoutsTensors() {
    try (Checkpoint checkpoint = Checkpoints.open(made("a", Optional.empty(), 1, 2))) {
      assertThat(checkpoint.tensors().values().stream().map(StoredTensor::spec))
          .containsExactlyInAnyOrderElementsOf(LAYOUT.specs());
      assertThat(checkpoint.metadata()).containsEntry("mokume.synth", "layout small, seed 1");
    }
  }

  @Test
  void hasPlausibleValues() {
    try (Checkpoint checkpoint = Checkpoints.open(made("a", Optional.empty(), 1, 2))) {
      assertThat(deviation(floats(checkpoint, WIDE.name())))
          .isCloseTo(1 / Math.sqrt(1000), within(0.0001));
      assertThat(deviation(floats(checkpoint, "model.diffusion_model.out.0.weight")))
          .isCloseTo(0.05, within(0.002));
      assertThat(floats(checkpoint, "logit_scale")).containsExactly(4.60517f);
      StoredTensor ids =
          checkpoint
              .tensors()
              .get("cond_stage_model.transformer.text_model.embeddings.position_ids");
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment bytes = arena.allocate(ids.length());
        ids.source().read(ids.offset(), bytes);
        assertThat(bytes.toArray(ValueLayout.JAVA_LONG_UNALIGNED))
            .containsExactly(LongStream.range(0, 77).toArray());
      }
    }
  }

  @Test
  void givesTheSameBytesFromAnyNumberOfThreads() throws IOException {
    assertThat(Files.mismatch(made("a", Optional.empty(), 1, 1), made("b", Optional.empty(), 1, 3)))
        .isEqualTo(-1);
    assertThat(Files.mismatch(path("a"), made("c", Optional.empty(), 2, 1))).isPositive();
  }

  @Test
  void storesFloatsInAnotherDtype() {
    made("half", Optional.empty(), 1, 2);
    try (Checkpoint half = Checkpoints.open(path("half"));
        Checkpoint single = Checkpoints.open(made("single", Optional.of(DType.F32), 1, 2))) {
      assertThat(single.tensors().get(WIDE.name()).spec().dtype()).isEqualTo(DType.F32);
      assertThat(single.tensors().get("v_pred").spec().dtype()).isEqualTo(DType.I64);
      float[] rounded = floats(single, WIDE.name());
      for (int i = 0; i < rounded.length; i++) {
        rounded[i] = Float.float16ToFloat(Float.floatToFloat16(rounded[i]));
      }
      assertThat(floats(half, WIDE.name())).isEqualTo(rounded);
    }
  }

  @Test
  void aSiblingDiffersByNoiseInProportionToItsBase() {
    Path base = made("base", Optional.of(DType.F32), 1, 2);
    Synth.sibling(
        base, 0.05, Optional.empty(), 2, path("sibling"), SynthOptions.defaults().withThreads(3));

    try (Checkpoint from = Checkpoints.open(base);
        Checkpoint to = Checkpoints.open(path("sibling"))) {
      assertThat(to.metadata())
          .containsEntry("mokume.synth", "sibling of base.safetensors, noise 0.05, seed 2");
      float[] before = floats(from, WIDE.name());
      float[] delta = floats(to, WIDE.name());
      for (int i = 0; i < delta.length; i++) {
        delta[i] -= before[i];
      }
      assertThat(deviation(delta) / deviation(before)).isCloseTo(0.05, within(0.0003));
      // One element has no deviation; integers are copied.
      assertThat(floats(to, "logit_scale")).containsExactly(4.60517f);
      assertThat(
              to.tensors()
                  .get("cond_stage_model.transformer.text_model.embeddings.position_ids")
                  .spec())
          .isEqualTo(
              spec(
                  "cond_stage_model.transformer.text_model.embeddings.position_ids",
                  DType.I64,
                  1,
                  77));
    }
  }

  @Test
  void aSiblingWithoutNoiseIsItsBase() {
    Path base = made("base", Optional.empty(), 1, 2);
    Synth.sibling(base, 0, Optional.empty(), 2, path("sibling"), SynthOptions.defaults());

    try (Checkpoint from = Checkpoints.open(base);
        Checkpoint to = Checkpoints.open(path("sibling"))) {
      assertThat(floats(to, WIDE.name())).isEqualTo(floats(from, WIDE.name()));
    }
  }

  @Test
  void tellsHowFarItIs() {
    AtomicLong most = new AtomicLong();
    AtomicLong total = new AtomicLong();
    SynthOptions options =
        SynthOptions.defaults()
            .withProgress((done, all) -> {
              most.accumulateAndGet(done, Math::max);
              total.set(all);
            });
    Synth.fromLayout(LAYOUT, Optional.empty(), 1, path("a"), options);

    assertThat(most).hasValue(total.get()).hasValue(2 * 700_000 + 2 * 5000 + 77 * 8 + 4000 + 4 + 4);
  }

  @Test
  void refusesNoiseThatIsNoNumber() {
    assertThatThrownBy(() ->
            Synth.sibling(
                path("none"), -1, Optional.empty(), 1, path("out"), SynthOptions.defaults()))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_RECIPE))
        .hasMessage(
            "the noise must be a number of at least 0 but was -1.0; 0.05 is about what fine-tuning"
                + " does");
  }

  @Test
  void refusesABaseWithNaN() throws IOException {
    Path base = made("base", Optional.empty(), 1, 1);
    byte[] bytes = Files.readAllBytes(base);
    try (Checkpoint checkpoint = Checkpoints.open(base)) {
      int offset = (int) checkpoint.tensors().get(WIDE.name()).offset();
      bytes[offset] = 0;
      bytes[offset + 1] = 0x7E;
    }
    Files.write(base, bytes);

    assertThatThrownBy(() ->
            Synth.sibling(base, 0.1, Optional.empty(), 1, path("out"), SynthOptions.defaults()))
        .isInstanceOfSatisfying(
            MokumeException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.NON_FINITE_WEIGHTS))
        .hasMessage(
            base
                + ": tensor 'model.diffusion_model.out.2.weight' has NaN or infinity, so noise in"
                + " proportion to its values has no size. Choose a base with finite weights.");
    assertThat(path("out")).doesNotExist();
  }

  @Test
  void leavesNothingBehindWhenCancelled() throws IOException {
    assertThatThrownBy(() ->
            Synth.fromLayout(
                LAYOUT,
                Optional.empty(),
                1,
                path("out"),
                SynthOptions.defaults().withCancelled(() -> true)))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED))
        .hasMessage("Cancelled; no file was written.");
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }
}
