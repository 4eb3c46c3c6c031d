package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.MemorySource;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Scalar;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.plugin.Setting;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Methods that are given tensors whole, in the engine. Random expressions have them too.
class WholeTensorsTest {
  private static final int TILE = 4096;

  @TempDir Path folder;

  private MergeEngine engine(long memory, long heap) {
    return new MergeEngine(
        new EngineSettings(2, TILE, memory, null, folder, () -> false, _ -> {}),
        Kernels.scalar(),
        heap);
  }

  private static Elements counting(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i;
    }
    return new Elements.Stored(
        MemorySource.of("counting", values).tensor("t", DType.F32, 0, count));
  }

  private static Elements reversed(Elements a, Elements b, double share) {
    Setting setting = new Setting("t", Shape.of(a.count()), 2, Map.of("share", share));
    // Seed 0 draws the same numbers for both: their difference is none.
    return new Elements.Whole(
        Reversed.METHOD, setting, List.of(a, b), List.of(new Draw.Stateless(0, "s", "t")));
  }

  @Test
  void oneIsMadeOfAnotherAndOfANumberOverIt() {
    Elements counting = counting(10_000);
    Elements once = reversed(counting, counting, 0);
    Elements less = new Elements.Binary(Elements.Operator.SUBTRACT, once, counting);
    Elements twice = reversed(less, less, 0);
    Scalar most = new Scalar.Statistic(Scalar.Reduction.MAX, twice);
    Elements value = new Elements.WithScalar(Elements.Operator.SUBTRACT, twice, most);

    byte[] reference = ReferenceEvaluator.encode(new ReferenceEvaluator().of(value), DType.F32);

    assertThat(Formulas.run(engine(8 << 20, 64 << 20), value).bytes()).isEqualTo(reference);
  }

  @Test
  void aTensorThatDoesNotFitIsRefusedByName() {
    Elements counting = counting(1_000_000);
    assertThatThrownBy(
            () -> Formulas.run(engine(8 << 20, 64 << 20), reversed(counting, counting, 0)))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MEMORY_BUDGET))
        .hasMessage(
            "tensor 't': the method reversed needs it whole, 8000000 bytes with all of its inputs,"
                + " but the budget leaves 6291456; give more --memory, or leave the tensor out with"
                + " --exclude.");
  }

  @Test
  void whatAMethodTakesOfTheHeapIsBoundedToo() {
    Elements counting = counting(10_000);
    assertThatThrownBy(() -> Formulas.run(engine(8 << 20, 10_000), reversed(counting, counting, 0)))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MEMORY_BUDGET))
        .hasMessage(
            "tensor 't': the method reversed needs 40000 bytes of the heap for it, but the budget"
                + " leaves 20000; give more --memory, or leave the tensor out with --exclude.");
  }
}
