package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The blocks of GGUF against the `gguf` package of PyPI (`ORIGIN.md` beside the data), and by
/// hand.
class BlockCodecTest {
  private static final Path REFERENCE =
      Path.of("src/test/resources/dev/mokume/internal/gguf/blocks.safetensors");

  private final Kernels kernels = Kernels.scalar();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL",
        "IQ4_XS"
      })
  void decodesAsTheReferenceDoes(String name) {
    try (Checkpoint reference = Checkpoints.open(REFERENCE)) {
      MemorySegment blocks = read(reference, name + ".blocks");
      float[] expected = floats(reference, name + ".decoded");
      float[] decoded = new float[expected.length];
      kernels.codec(DType.of(name)).decode(blocks, 0, decoded, decoded.length);
      assertThat(decoded).containsExactly(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Q4_0", "Q5_0", "Q8_0"})
  void encodesAsTheReferenceDoes(String name) {
    try (Checkpoint reference = Checkpoints.open(REFERENCE)) {
      float[] values = floats(reference, "values");
      byte[] expected = read(reference, name + ".encoded").toArray(ValueLayout.JAVA_BYTE);
      assertThat(encode(DType.of(name), values)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Q4_0", "Q5_0", "Q8_0", "Q4_K", "Q5_K", "Q6_K"})
  void whatALevelStandsForExactlyIsKept(String name) {
    DType dtype = DType.of(name);
    float[] values = new float[256];
    for (int i = 0; i < values.length; i++) {
      // Every level from -8 to 7, in every group.
      values[i] = (i % 16 - 8) * 0.5f;
    }
    byte[] blocks = encode(dtype, values);
    float[] decoded = new float[values.length];
    kernels.codec(dtype).decode(MemorySegment.ofArray(blocks), 0, decoded, decoded.length);
    for (int i = 0; i < values.length; i++) {
      assertThat(decoded[i]).as("element %s", i).isCloseTo(values[i], within(dtype));
    }
  }

  /// Q8_0 has no level at 3.5 if 4 is 127; the super-blocks' scales have six or eight bits.
  private static org.assertj.core.data.Offset<Float> within(DType dtype) {
    return org.assertj.core.data.Offset.offset(
        dtype.equals(DType.Q4_0) || dtype.equals(DType.Q5_0) ? 0 : 0.02f);
  }

  @Test
  void aBlockByHand() {
    // d = -8 / -8 = 1; -8 is level 0, 0 level 8, 7 level 15; 7.4 rounds to 15, 2.5 to 11.
    float[] values = new float[32];
    values[0] = -8;
    values[1] = 7;
    values[16] = 7.4f;
    values[17] = 2.5f;
    byte[] expected = new byte[18];
    Arrays.fill(expected, (byte) 0x88);
    expected[0] = 0x00;
    expected[1] = 0x3C;
    expected[2] = (byte) 0xF0;
    expected[3] = (byte) 0xBF;
    assertThat(encode(DType.Q4_0, values)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Q4_0", "Q5_0", "Q8_0", "Q4_K", "Q5_K", "Q6_K"})
  void whatIsNotFiniteTakesItsBlockWithIt(String name) {
    DType dtype = DType.of(name);
    int block = dtype.packing().elements();
    float[] values = new float[4 * block];
    Arrays.fill(values, 1);
    values[block + 3] = Float.NaN;
    values[2 * block] = Float.NEGATIVE_INFINITY;
    // The scale of such values is too large for an F16.
    Arrays.fill(values, 3 * block, 4 * block, 1e10f);
    MemorySegment blocks = MemorySegment.ofArray(new byte[4 * dtype.packing().bytes()]);
    assertThat(kernels.codec(dtype).encode(values, blocks, 0, values.length)).isEqualTo(3 * block);
    float[] decoded = new float[values.length];
    kernels.codec(dtype).decode(blocks, 0, decoded, decoded.length);
    for (int i = 0; i < decoded.length; i++) {
      assertThat(Float.isNaN(decoded[i])).as("element %s", i).isEqualTo(i >= block);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Q4_0", "Q5_0", "Q8_0", "Q4_K", "Q5_K", "Q6_K"})
  void zerosStayZeros(String name) {
    DType dtype = DType.of(name);
    float[] decoded = new float[256];
    Arrays.fill(decoded, 1);
    byte[] blocks = encode(dtype, new float[256]);
    kernels.codec(dtype).decode(MemorySegment.ofArray(blocks), 0, decoded, decoded.length);
    for (float value : decoded) {
      // Q4_0, Q5_0 and Q6_K have a negative zero for a scale.
      assertThat(Math.abs(value)).isZero();
    }
  }

  @Test
  void typesThatAreOnlyRead() {
    assertThatThrownBy(() -> encode(DType.Q3_K, new float[256]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("values are not encoded to Q3_K: ask DType.isEncodable() first");
  }

  private byte[] encode(DType dtype, float[] values) {
    byte[] bytes = new byte[Math.toIntExact(dtype.packing().bytes(values.length))];
    kernels.codec(dtype).encode(values, MemorySegment.ofArray(bytes), 0, values.length);
    return bytes;
  }

  private static MemorySegment read(Checkpoint reference, String name) {
    StoredTensor tensor = reference.tensors().get(name);
    MemorySegment bytes = Arena.ofAuto().allocate(tensor.length(), 8);
    tensor.source().read(tensor.offset(), bytes);
    return bytes;
  }

  private static float[] floats(Checkpoint reference, String name) {
    return read(reference, name).toArray(ValueLayout.JAVA_FLOAT);
  }
}
