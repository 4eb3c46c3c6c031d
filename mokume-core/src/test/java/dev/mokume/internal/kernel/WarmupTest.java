package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.tensor.DType;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WarmupTest {
  @Test
  void changesAfterItsPatienceIfTheChallengerWins() throws InterruptedException {
    Warmup<String> warmup = warmup("slow", "fast");

    assertThat(warmup.forNext(60)).isEqualTo("slow");
    warmup.await();
    assertThat(warmup.forNext(39)).isEqualTo("slow");
    warmup.await();
    assertThat(warmup.forNext(1)).isEqualTo("slow");
    warmup.await();
    assertThat(warmup.forNext(1)).isEqualTo("fast");
  }

  @Test
  void staysIfTheChallengerNeverWins() throws InterruptedException {
    Warmup<String> warmup = warmup("fast", "slow");

    warmup.forNext(100);
    warmup.await();
    assertThat(warmup.forNext(1)).isEqualTo("fast");
  }

  private static Warmup<String> warmup(String plain, String vector) {
    AtomicLong clock = new AtomicLong();
    return new Warmup<>(
        "test",
        plain,
        () -> vector,
        100,
        () -> new Rehearsal(Kernels.scalar(), DType.BF16),
        (kernels, block) -> clock.addAndGet(kernels.equals("slow") ? 2 : 1),
        clock::get);
  }

  @Test
  @NeedsVectorModule
  void everyOperationOfTheWarmingKernelsEndsInItsTwin() {
    Kernels scalar = new ScalarKernels();
    Kernels warming = new WarmingKernels(scalar, () -> new VectorKernels(scalar));
    float[] a = Samples.floats(1, 1000);
    float[] expected = new float[1000];
    float[] actual = new float[1000];

    scalar.draws().uniform(3, 0, expected, 1000);
    warming.draws().uniform(3, 0, actual, 1000);
    assertThat(actual).isEqualTo(expected);
    scalar.draws().normal(3, 0, 0, 1, expected, 1000);
    warming.draws().normal(3, 0, 0, 1, actual, 1000);
    assertThat(actual).isEqualTo(expected);
    assertThat(warming.reductions().sumOfSigns(a, 1000))
        .isEqualTo(scalar.reductions().sumOfSigns(a, 1000));
    assertThat(warming.reductions().countNonFinite(a, 1000))
        .isEqualTo(scalar.reductions().countNonFinite(a, 1000));
    assertThat(warming.reductions().sumOfMagnitudes(expected, 1000))
        .isEqualTo(scalar.reductions().sumOfMagnitudes(expected, 1000));
  }
}
