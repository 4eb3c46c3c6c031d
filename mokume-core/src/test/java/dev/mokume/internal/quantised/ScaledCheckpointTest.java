package dev.mokume.internal.quantised;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.QuantisedWeights;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScaledCheckpointTest {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  @TempDir Path folder;

  private void open(SmallCheckpoint checkpoint, Consumer<Checkpoint> test) {
    Path file = checkpoint.write(folder.resolve("m.safetensors"));
    try (Checkpoint opened = ScaledCheckpoint.of(Checkpoints.open(file))) {
      test.accept(opened);
    }
  }

  private static StoredTensor tensor(Checkpoint checkpoint, String name) {
    return Objects.requireNonNull(checkpoint.tensors().get(name));
  }

  private static float[] values(Checkpoint checkpoint, String name) {
    StoredTensor tensor = tensor(checkpoint, name);
    return floats(read(tensor, 0, tensor.length()));
  }

  private static byte[] read(StoredTensor tensor, long offset, long length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(Math.max(1, length)).asSlice(0, length);
      tensor.source().read(tensor.offset() + offset, bytes);
      return bytes.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static float[] floats(byte[] bytes) {
    return MemorySegment.ofArray(bytes).toArray(FLOAT);
  }

  private static float[] filled(int count, float value) {
    float[] values = new float[count];
    Arrays.fill(values, value);
    return values;
  }

  @ParameterizedTest
  @CsvSource({
    "scale_weight, F8_E4M3, F32",
    "scale_weight, F8_E5M2, F32",
    "weight_scale, F8_E4M3, F32",
    "weight_scale, F8_E4M3, BF16",
    "weight_scale_inv, F8_E4M3, F16",
  })
  void aWeightIsWhatIsStoredTimesItsScale(String name, String weight, String scale) {
    open(
        new SmallCheckpoint()
            .with("a.weight", DType.of(weight), Shape.of(2, 2), 1, 2, -3, 0.5f)
            .with("a." + name, DType.of(scale), Shape.of(), 0.25f)
            .with("a.bias", 7, 8),
        checkpoint -> {
          assertThat(checkpoint.tensors().sequencedKeySet())
              .containsExactlyInAnyOrder("a.weight", "a.bias");
          assertThat(tensor(checkpoint, "a.weight").spec())
              .isEqualTo(new TensorSpec("a.weight", DType.F32, Shape.of(2, 2)));
          assertThat(values(checkpoint, "a.weight")).containsExactly(0.25f, 0.5f, -0.75f, 0.125f);
          assertThat(values(checkpoint, "a.bias")).containsExactly(7, 8);
          assertThat(QuantisedWeights.problem(checkpoint)).isEmpty();
        });
  }

  @Test
  void theProductIsRoundedToF32() {
    open(
        new SmallCheckpoint()
            .with("a.weight", DType.F8_E4M3, Shape.of(1, 2), 3, 0.0625f)
            .with("a.scale_weight", Shape.of(1), 0.1f),
        checkpoint ->
            assertThat(values(checkpoint, "a.weight")).containsExactly(3 * 0.1f, 0.0625f * 0.1f));
  }

  @Test
  void aScaleForEachRow() {
    open(
        new SmallCheckpoint()
            .with("a.weight", DType.F8_E4M3, Shape.of(3, 2), 1, 2, 1, 2, 1, 2)
            .with("a.weight_scale", Shape.of(3, 1), 1, 10, 100),
        checkpoint -> {
          assertThat(values(checkpoint, "a.weight")).containsExactly(1, 2, 10, 20, 100, 200);
          assertThat(((ScaledCheckpoint) checkpoint).words())
              .isEqualTo("1 weight is F8_E4M3 with one scale a row (weight_scale)");
        });
  }

  @Test
  void aBlockAtTheRightEdgeIsCutOff() {
    open(
        new SmallCheckpoint()
            .with("a.weight", DType.F8_E4M3, Shape.of(3, 130), filled(3 * 130, 1))
            .with("a.weight_scale_inv", Shape.of(1, 2), 2, 10),
        checkpoint -> {
          float[] values = values(checkpoint, "a.weight");
          for (int row = 0; row < 3; row++) {
            assertThat(Arrays.copyOfRange(values, 130 * row, 130 * row + 128)).containsOnly(2);
            assertThat(Arrays.copyOfRange(values, 130 * row + 128, 130 * row + 130))
                .containsOnly(10);
          }
          assertThat(((ScaledCheckpoint) checkpoint).words())
              .isEqualTo("1 weight is F8_E4M3 with one scale for 128 x 128 (weight_scale_inv)");
        });
  }

  @Test
  void aBlockAtTheLowerEdgeIsCutOff() {
    open(
        new SmallCheckpoint()
            .with("a.weight", DType.F8_E4M3, Shape.of(130, 3), filled(3 * 130, 1))
            .with("a.weight_scale_inv", DType.BF16, Shape.of(2, 1), 2, 10),
        checkpoint -> {
          float[] values = values(checkpoint, "a.weight");
          assertThat(Arrays.copyOfRange(values, 0, 128 * 3)).containsOnly(2);
          assertThat(Arrays.copyOfRange(values, 128 * 3, 130 * 3)).containsOnly(10);
        });
  }

  @Test
  void scalesThatAreBareExponents() {
    open(
        new SmallCheckpoint()
            .with("a.weight", DType.F8_E4M3, Shape.of(130, 1), filled(130, 1))
            .withBytes("a.weight_scale_inv", DType.F8_E8M0, Shape.of(2, 1), (byte) 126, (byte) 130),
        checkpoint -> {
          float[] values = values(checkpoint, "a.weight");
          assertThat(Arrays.copyOfRange(values, 0, 128)).containsOnly(0.5f);
          assertThat(Arrays.copyOfRange(values, 128, 130)).containsOnly(8);
        });
  }

  @Test
  void everyPartThatIsReadIsThatPartOfTheWhole() {
    float[] stored = new float[5 * 300];
    for (int i = 0; i < stored.length; i++) {
      stored[i] = i % 13 - 6;
    }
    open(
        new SmallCheckpoint()
            .with("a.weight", DType.F8_E4M3, Shape.of(5, 300), stored)
            .with("a.weight_scale", Shape.of(1, 3), 1, 0.3f, 7),
        checkpoint -> {
          StoredTensor tensor = tensor(checkpoint, "a.weight");
          byte[] whole = read(tensor, 0, tensor.length());
          for (int from : List.of(0, 4, 512, 1196, 1201, 5998)) {
            for (int length : List.of(0, 1, 2, 4, 400, 1500)) {
              int end = Math.min(whole.length, from + length);
              assertThat(read(tensor, from, end - from))
                  .as("%d bytes from %d", end - from, from)
                  .isEqualTo(Arrays.copyOfRange(whole, from, end));
            }
          }
        });
  }

  @Test
  void whatBelongsToAScaledWeightIsNoTensor() {
    String setting = "{\"format\":\"float8_e4m3fn\"}";
    open(
        new SmallCheckpoint()
            .with("u.scaled_fp8", DType.F8_E4M3, Shape.of(0))
            .with("u.a.weight", DType.F8_E4M3, Shape.of(1, 1), 1)
            .with("u.a.weight_scale", Shape.of(), 2)
            .with("u.a.input_scale", Shape.of(), 3)
            .withBytes(
                "u.a.comfy_quant",
                DType.U8,
                Shape.of(setting.length()),
                setting.getBytes(StandardCharsets.US_ASCII))
            .withMetadata("title", "t")
            .withMetadata(
                "_quantization_metadata",
                "{\"format_version\":\"1.0\",\"layers\":{\"u.a\":" + setting + "}}"),
        checkpoint -> {
          assertThat(checkpoint.tensors().sequencedKeySet()).containsExactly("u.a.weight");
          assertThat(checkpoint.metadata()).containsOnlyKeys("format", "title");
          ScaledCheckpoint scaled = (ScaledCheckpoint) checkpoint;
          assertThat(scaled.markers())
              .extracting(StoredTensor::name)
              .containsExactly("u.scaled_fp8");
          ScaledTensor tensor = scaled.scaled().getFirst();
          assertThat(tensor.layer()).isEqualTo("u.a");
          assertThat(tensor.inputScale()).map(StoredTensor::name).hasValue("u.a.input_scale");
          assertThat(tensor.comfyQuant()).map(StoredTensor::name).hasValue("u.a.comfy_quant");
          assertThat(tensor.setting()).hasValue(setting);
        });
  }

  @Test
  void metadataOfALayerThatIsNotScaledStays() {
    open(
        new SmallCheckpoint()
            .with("a.weight", DType.F8_E4M3, Shape.of(1, 1), 1)
            .with("a.weight_scale", Shape.of(), 2)
            .withMetadata(
                "_quantization_metadata",
                "{\"layers\":{\"a\":{\"format\":\"float8_e4m3fn\"},\"b\":{\"format\":\"nvfp4\"}}}"),
        checkpoint ->
            assertThat(QuantisedWeights.problem(checkpoint))
                .map(problem -> problem.message().contains("_quantization_metadata"))
                .hasValue(true));
  }

  @Test
  void whatIsNotUnderstoodStaysAsItIsAndIsRefused() {
    SmallCheckpoint plain = new SmallCheckpoint().with("w.weight", 1);
    open(plain, checkpoint -> assertThat(checkpoint).isNotInstanceOf(ScaledCheckpoint.class));
    for (SmallCheckpoint strange :
        List.of(
            // no weight
            new SmallCheckpoint().with("a.weight_scale", Shape.of(), 1),
            // two scales
            f8(2, 2).with("a.weight_scale", Shape.of(), 1).with("a.scale_weight", Shape.of(), 1),
            // a grid whose blocks have no certain size
            f8(5, 7).with("a.weight_scale_inv", Shape.of(2, 2), 1, 1, 1, 1),
            // as many scales as in no grid
            f8(2, 2).with("a.weight_scale", Shape.of(3), 1, 1, 1),
            // integers
            new SmallCheckpoint()
                .withBytes("a.weight", DType.I8, Shape.of(1, 1), (byte) 1)
                .with("a.weight_scale", Shape.of(), 1),
            // MXFP8
            f8(1, 32).withBytes("a.weight_scale", DType.U8, Shape.of(1, 1), (byte) 127),
            // NVFP4
            f8(2, 2)
                .with("a.weight_scale", Shape.of(), 1)
                .with("a.weight_scale_2", Shape.of(), 1))) {
      open(
          strange,
          checkpoint -> {
            assertThat(checkpoint).isNotInstanceOf(ScaledCheckpoint.class);
            assertThat(QuantisedWeights.problem(checkpoint)).as("%s", strange.names()).isPresent();
          });
    }
  }

  private static SmallCheckpoint f8(int rows, int columns) {
    return new SmallCheckpoint()
        .with("a.weight", DType.F8_E4M3, Shape.of(rows, columns), filled(rows * columns, 1));
  }
}
