package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.MemorySink;
import dev.mokume.checkpoint.MemorySource;
import dev.mokume.expression.Elements;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.plan.TensorTask;
import dev.mokume.tensor.DType;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What a merge costs, in numbers that do not depend on the machine: passes, bytes read, values
/// kept, tiles, memory allocated. Whoever makes one of them larger does so knowingly.
class EngineCostTest {
  private static final int COUNT = 200_000;
  private static final int TENSOR_BYTES = 2 * COUNT;
  private static final int TILE = 1 << 14;

  /// Both inputs fit, and two slots.
  private static final long AMPLE = 16 << 20;

  /// Nothing fits but the workers' buffers.
  private static final long SCARCE = 512 << 10;

  @TempDir Path folder;

  private static Elements stored(MemorySource file, int place, int count) {
    return new Elements.Stored(
        file.tensor("tensor " + place, DType.F16, 2L * place * count, count));
  }

  static List<Arguments> merges() {
    MemorySource file = new MemorySource("file", new byte[2 * TENSOR_BYTES]);
    Elements a = stored(file, 0, COUNT);
    Elements b = stored(file, 1, COUNT);
    //                       name, expression, passes, values kept between passes, tensors read if
    // memory is ample, scarce
    return List.of(
        Arguments.of("a copy in another dtype", a, 1, 0, 1, 1),
        Arguments.of("blend", Formulas.blend(a, b), 1, 0, 2, 2),
        Arguments.of("slerp", Formulas.slerp(a, b), 2, 0, 2, 4),
        Arguments.of("blend under a magnitude mask", Formulas.underMask(a, b), 3, 0, 2, 6),
        Arguments.of("DARE with a vote", Formulas.dare(a, b, 1), 2, 0, 2, 4),
        Arguments.of("DARE with a vote, twice", Formulas.dare(a, b, 2), 3, 0, 2, 6),
        // b in each of 11 passes; a in the first three, from which the first iteration follows, and
        // for the result.
        Arguments.of("DARE with a vote, ten times", Formulas.dare(a, b, 10), 11, 2, 2, 11 + 4));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("merges")
  void costs(String name, Elements merged, int passes, int kept, int ample, int scarce)
      throws Exception {
    TensorTask task = Formulas.task(merged, name.contains("dtype") ? DType.F32 : DType.F16);
    Program program = ProgramCompiler.compile(task, Map.of(), Kernels.scalar());
    assertThat(program.passes()).as("passes").hasSize(passes);
    assertThat(program.slots()).as("values kept between passes").hasSize(kept);
    assertThat(bytesRead(task, AMPLE))
        .as("bytes read with ample memory")
        .isEqualTo((long) ample * TENSOR_BYTES);
    assertThat(bytesRead(task, SCARCE))
        .as("bytes read with scarce memory")
        .isEqualTo((long) scarce * TENSOR_BYTES);
  }

  private long bytesRead(TensorTask task, long memory) throws Exception {
    MergeEngine engine =
        new MergeEngine(
            new EngineSettings(1, TILE, memory, null, folder, () -> false, _ -> {}),
            Kernels.scalar());
    engine.run(List.of(task), List.of(new MemorySink(4 * COUNT)));
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).as("left behind").isEmpty();
    }
    return engine.bytesRead();
  }

  @Test
  void everyTileIsWorkedOnOnceAPass() {
    MemorySource file = new MemorySource("file", new byte[2 * TENSOR_BYTES]);
    TensorTask task =
        Formulas.task(Formulas.slerp(stored(file, 0, COUNT), stored(file, 1, COUNT)), DType.F16);
    List<Long> reports = new ArrayList<>();
    new MergeEngine(
            new EngineSettings(1, TILE, AMPLE, null, folder, () -> false, reports::add),
            Kernels.scalar())
        .run(List.of(task), List.of(new MemorySink(TENSOR_BYTES)));
    // 200,000 / 16,384 = 12.2 tiles.
    assertThat(reports).hasSize(2 * 13);
    assertThat(reports.stream().mapToLong(Long::longValue).sum()).isEqualTo(TENSOR_BYTES);
  }

  static List<Arguments> allocations() {
    int count = 1 << 23;
    MemorySource file = new MemorySource("file", new byte[4 * count]);
    Elements a = stored(file, 0, count);
    Elements b = stored(file, 1, count);
    // Counting magnitudes takes half a megabyte a tensor, and so may what runs for the first time;
    // all else takes a few objects a tile, once it is compiled.
    return List.of(
        Arguments.of("blend", Formulas.blend(a, b), 0.1),
        Arguments.of("slerp", Formulas.slerp(a, b), 0.1),
        Arguments.of("DARE with a vote, three times", Formulas.dare(a, b, 3), 0.1),
        Arguments.of("blend under a magnitude mask", Formulas.underMask(a, b), 0.5));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("allocations")
  void allocatesNextToNothingAnElement(String name, Elements merged, double bytesAnElement)
      throws Exception {
    TensorTask task = Formulas.task(merged, DType.F16);
    MemorySink sink = new MemorySink((int) (2 * merged.count()));
    // The one worker runs in this thread, whose allocation is counted.
    MergeEngine engine =
        new MergeEngine(
            new EngineSettings(1, 1 << 18, 64 << 20, Runnable::run, folder, () -> false, _ -> {}),
            Kernels.scalar());
    long before = allocatedBytes();
    engine.run(List.of(task), List.of(sink));
    double allocated = (double) (allocatedBytes() - before) / merged.count();
    assertThat(allocated).as("bytes allocated an element: %s", name).isLessThan(bytesAnElement);
  }

  /// The module of core does not read java.management, and only tests want it.
  private static long allocatedBytes() throws ReflectiveOperationException {
    Object threads =
        Class.forName("java.lang.management.ManagementFactory")
            .getMethod("getThreadMXBean")
            .invoke(null);
    Method allocated =
        Class.forName("com.sun.management.ThreadMXBean")
            .getMethod("getCurrentThreadAllocatedBytes");
    return (long) allocated.invoke(threads);
  }
}
