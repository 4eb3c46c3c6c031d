package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.MemorySource;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Gram;
import dev.mokume.expression.Scalar;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Layers that are solved by Gram matrices, in the engine.
class RegressionTest {
  private static final int ROWS = 300;
  private static final int COLUMNS = 200;

  @TempDir Path folder;

  private final Random random = new Random(1);

  private MergeEngine engine(int threads, long memory) {
    return new MergeEngine(
        new EngineSettings(threads, 4096, memory, null, folder, () -> false, _ -> {}),
        Kernels.best(),
        64 << 20);
  }

  private static StoredTensor stored(String name, float[] values) {
    return MemorySource.of(name, values).tensor("t", DType.F32, 0, values.length);
  }

  private Elements model(String name) {
    float[] values = new float[ROWS * COLUMNS];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return new Elements.Stored(stored(name, values));
  }

  /// More on the diagonal than beside it, so that it has an inverse.
  private Gram gram(String name) {
    float[] values = new float[COLUMNS * COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
      values[i * COLUMNS + i] = 1 + COLUMNS;
      for (int j = 0; j < i; j++) {
        values[i * COLUMNS + j] = random.nextFloat();
        values[j * COLUMNS + i] = values[i * COLUMNS + j];
      }
    }
    return new Gram(stored(name, values), 1);
  }

  /// The second model is not one that is stored, and the result is not what is written.
  private Elements solved() {
    Elements a = model("a");
    Elements twice =
        new Elements.WithScalar(Elements.Operator.MULTIPLY, model("b"), Scalar.constant(2));
    Elements.Regressed regressed =
        new Elements.Regressed(
            List.of(a, twice), List.of(gram("of a"), gram("of b")), 0.9, ROWS, COLUMNS);
    Scalar most = new Scalar.Statistic(Scalar.Reduction.MAX, regressed);
    return new Elements.WithScalar(Elements.Operator.SUBTRACT, regressed, most);
  }

  private static byte[] run(MergeEngine engine, Elements value) {
    return Formulas.run(engine, value).bytes();
  }

  @Test
  void theBytesDependOnNeitherThreadsNorMemory() {
    Elements value = solved();
    byte[] expected = ReferenceEvaluator.encode(new ReferenceEvaluator().of(value), DType.F32);

    assertThat(run(engine(1, 64 << 20), value)).isEqualTo(expected);
    assertThat(run(engine(3, 64 << 20), value)).isEqualTo(expected);
    // What it works in takes 1.4 MB, the models and the result 0.7 MB, which then go to a file.
    assertThat(run(engine(1, 2_550_000), value)).isEqualTo(expected);
  }

  @Test
  void whatDoesNotFitIsRefusedByName() {
    assertThatThrownBy(() -> run(engine(1, 1 << 20), solved()))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MEMORY_BUDGET))
        .hasMessage(
            "tensor 't': solving by Gram matrices takes 1.44 MB of memory, half of the matrix in"
                + " f64 and strips of the layer, but the budget leaves 786 kB; give about 1M more"
                + " --memory, or leave the tensor out with --exclude.");
  }
}
