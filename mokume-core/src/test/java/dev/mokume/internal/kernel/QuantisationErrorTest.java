package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;

/// What each quantised type loses of real weights: the table of `docs/formats.md`. There is no
/// other encoder of the K types to compare bytes with.
class QuantisationErrorTest {
  private static final Path WEIGHTS =
      Path.of("../samples/weights/realcugan-up2x-no-denoise.safetensors");

  /// Root of the mean squared error, in percent of the weights' root mean square.
  private static final Map<DType, String> EXPECTED =
      Map.of(
          DType.Q8_0, "0.605",
          DType.Q6_K, "1.929",
          DType.Q5_K, "3.830",
          DType.Q5_0, "4.809",
          DType.Q4_K, "7.560",
          DType.Q4_0, "9.658");

  @Test
  void typesOfMoreBitsLoseLessAndKTypesLeast() {
    SequencedMap<DType, String> rounded = new LinkedHashMap<>();
    List<Double> errors = new ArrayList<>();
    List<float[]> tensors = weights();
    for (DType dtype :
        List.of(DType.Q8_0, DType.Q6_K, DType.Q5_K, DType.Q5_0, DType.Q4_K, DType.Q4_0)) {
      errors.add(100 * error(dtype, tensors));
      rounded.put(dtype, String.format(Locale.ROOT, "%.3f", errors.getLast()));
    }
    assertThat(errors).isSorted();
    assertThat(rounded).isEqualTo(EXPECTED);
  }

  private static double error(DType dtype, List<float[]> tensors) {
    Codec codec = Kernels.scalar().codec(dtype);
    double squares = 0;
    double lost = 0;
    for (float[] values : tensors) {
      byte[] bytes = new byte[Math.toIntExact(dtype.packing().bytes(values.length))];
      float[] decoded = new float[values.length];
      codec.encode(values, MemorySegment.ofArray(bytes), 0, values.length);
      codec.decode(MemorySegment.ofArray(bytes), 0, decoded, values.length);
      for (int i = 0; i < values.length; i++) {
        squares += (double) values[i] * values[i];
        lost += Math.pow((double) decoded[i] - values[i], 2);
      }
    }
    return Math.sqrt(lost / squares);
  }

  /// Every tensor of more than one dimension, as many of its elements as fall into super-blocks.
  private static List<float[]> weights() {
    List<float[]> tensors = new ArrayList<>();
    try (Checkpoint checkpoint = Checkpoints.open(WEIGHTS);
        Arena arena = Arena.ofConfined()) {
      for (StoredTensor tensor : checkpoint.tensors().values()) {
        int count = (int) tensor.spec().elementCount() / 256 * 256;
        if (tensor.spec().shape().rank() > 1 && count > 0) {
          MemorySegment bytes = arena.allocate(tensor.length());
          tensor.source().read(tensor.offset(), bytes);
          float[] values = new float[count];
          Kernels.scalar().codec(tensor.spec().dtype()).decode(bytes, 0, values, count);
          tensors.add(values);
        }
      }
    }
    return tensors;
  }
}
