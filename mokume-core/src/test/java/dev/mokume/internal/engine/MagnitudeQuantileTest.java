package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Scalar;
import dev.mokume.plan.TensorTask;
import dev.mokume.expression.QuantileRule;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Small tensors are held and sorted, large ones counted; both agree with plain sorting.
class MagnitudeQuantileTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "1000, EXACT, 1000", "1000, MEDIAN, 300", "1000, QUANTILE, 7",
    "65536, MEDIAN, 20000", "65537, MEDIAN, 20000", "65537, QUANTILE, 9999",
    "100003, EXACT, 1", "100003, MEDIAN, 100003", "100003, QUANTILE, 30000"
  })
  void agreesWithSorting(int elements, QuantileRule rule, int chunk) throws IOException {
    Random random = new Random(elements);
    float[] values = new float[elements];
    for (int i = 0; i < elements; i++) {
      // Few distinct values as well as many, and both signs.
      values[i] = random.nextInt(4) == 0 ? random.nextInt(5) - 2 : (float) random.nextGaussian();
    }
    try (Checkpoint checkpoint = Checkpoints.open(write(values))) {
      Elements stored = new Elements.Stored(checkpoint.tensors().firstEntry().getValue());
      for (double q : new double[] {0.1, 0.37, 0.5, 0.999}) {
        Scalar.Quantile asked = new Scalar.Quantile(new Elements.Magnitude(stored), q, rule, chunk);
        assertThat(measured(asked, elements)).as("q = %s", q).isEqualTo(bySorting(values, q, rule, chunk));
      }
    }
  }

  private double measured(Scalar asked, int elements) {
    TensorTask task = new TensorTask("t", elements, List.of(), List.of(asked));
    MergeEngine engine =
        new MergeEngine(new EngineSettings(2, 4096, 8L << 20, null, folder, () -> false, _ -> {}));
    engine.run(List.of(task), List.of());
    return engine.measured(task)[0];
  }

  private static double bySorting(float[] values, double q, QuantileRule rule, int chunk) {
    int length = rule == QuantileRule.EXACT ? values.length : chunk;
    float[] quantiles = new float[(values.length + length - 1) / length];
    for (int i = 0; i < quantiles.length; i++) {
      int from = i * length;
      float[] part = Arrays.copyOfRange(values, from, Math.min(values.length, from + length));
      for (int j = 0; j < part.length; j++) {
        part[j] = Math.abs(part[j]);
      }
      Arrays.sort(part);
      quantiles[i] = rule == QuantileRule.EXACT ? exact(part, q) : asTorch(part, (float) q);
    }
    Arrays.sort(quantiles);
    return switch (rule) {
      case EXACT -> quantiles[0];
      case MEDIAN -> quantiles[(quantiles.length - 1) / 2];
      case QUANTILE -> quantiles[(int) (q * quantiles.length)];
    };
  }

  private static float exact(float[] sorted, double q) {
    double rank = q * (sorted.length - 1);
    double low = sorted[(int) Math.floor(rank)];
    double high = sorted[(int) Math.ceil(rank)];
    return (float) (low + (rank - Math.floor(rank)) * (high - low));
  }

  private static float asTorch(float[] sorted, float q) {
    float rank = q * (float) (sorted.length - 1);
    float low = sorted[(int) Math.floor(rank)];
    float high = sorted[(int) Math.ceil(rank)];
    float way = rank - (float) Math.floor(rank);
    return way < 0.5f ? Math.fma(way, high - low, low) : Math.fma(-(high - low), 1 - way, high);
  }

  private Path write(float[] values) throws IOException {
    String header = "{\"t\":{\"dtype\":\"F32\",\"shape\":[" + values.length + "],\"data_offsets\":[0," + 4 * values.length + "]}}";
    byte[] text = (header + " ".repeat((8 - header.length() % 8) % 8)).getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(8 + text.length + 4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(text.length).put(text);
    for (float value : values) {
      file.putFloat(value);
    }
    return Files.write(folder.resolve("t.safetensors"), file.array());
  }
}
