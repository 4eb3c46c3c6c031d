package dev.mokume.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;

/// Every benchmark runs, says how many bytes it moves, and does the same work with both kinds of
/// kernels.
class BenchmarkCorrectnessTest {
  @Test
  void everyBenchmarkRunsOnceAndBothKindsAgree() throws ReflectiveOperationException {
    List<Method> benchmarks =
        Arrays.stream(KernelBenchmark.class.getMethods())
            .filter(method -> method.isAnnotationPresent(Benchmark.class))
            .sorted(Comparator.comparing(Method::getName))
            .toList();
    assertThat(benchmarks).hasSizeGreaterThan(15);

    KernelBenchmark scalar = benchmark("scalar");
    KernelBenchmark vector = benchmark("vector");
    for (Method benchmark : benchmarks) {
      assertThat(benchmark.getAnnotation(Traffic.class)).as(benchmark.getName()).isNotNull();
      int before = scalar.fingerprint();
      Object expected = benchmark.invoke(scalar);
      Object actual = benchmark.invoke(vector);
      assertThat(actual).as(benchmark.getName()).isEqualTo(expected);
      assertThat(vector.fingerprint()).as(benchmark.getName()).isEqualTo(scalar.fingerprint());
      assertThat(expected != null || scalar.fingerprint() != before)
          .as(benchmark.getName() + " did something")
          .isTrue();
    }
  }

  private static KernelBenchmark benchmark(String kernels) {
    KernelBenchmark benchmark = new KernelBenchmark();
    benchmark.kernels = kernels;
    benchmark.setUp();
    return benchmark;
  }
}
