package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.MemorySink;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.expression.Matrix;
import dev.mokume.expression.Scalar;
import dev.mokume.internal.kernel.KernelKinds;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.plan.TensorTask;
import dev.mokume.plan.TensorTask.Write;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The engine against the plainest reading of an expression, bit for bit: whatever the size, the
/// tile, the threads, the memory, and the kernels.
class RandomExpressionsTest {
  private static final int CASES = 240;

  private static final int[] TILES = {4096, 8192, 12_288, 1 << 16};

  /// The least that one thread's buffers may be part of.
  private static final long LEAST = 512 << 10;

  private static final int MOST_THREADS = 3;

  @TempDir Path folder;

  private final List<Kernels> kernels = List.copyOf(KernelKinds.all().values());
  private int spilled;
  private int readAgain;
  private int readOnce;

  @Test
  void whateverIsAskedComesOutBitForBit() {
    for (int seed = 0; seed < CASES; seed++) {
      check(seed);
    }
    // The cases are worth something only if memory was short in all ways, and not short in some.
    assertThat(spilled).as("cases that spilled").isGreaterThan(9);
    assertThat(readAgain).as("cases that read an input again").isGreaterThan(15);
    assertThat(readOnce).as("cases that read everything once").isGreaterThan(100);
  }

  private void check(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<TensorTask> tasks = new ArrayList<>();
    long size = 0;
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      TensorTask task = RandomTask.of(random.nextLong(), size);
      tasks.add(task);
      Write last = task.writes().getLast();
      size = last.offset() + RandomTask.length(last);
    }
    Kernels kind = kernels.get(random.nextInt(kernels.size()));
    int tile = TILES[random.nextInt(TILES.length)];
    int threads = 1 + random.nextInt(MOST_THREADS) * random.nextInt(2);
    long memory = (random.nextInt(3) > 0 ? LEAST : 16 * LEAST) * threads;
    while (!run(seed, tasks, (int) size, kind, tile, threads, memory, folder.resolve("none yet"))) {
      memory *= 2;
    }
  }

  /// False if the budget is too small for a program's buffers.
  private boolean run(
      int seed,
      List<TensorTask> tasks,
      int size,
      Kernels kind,
      int tile,
      int threads,
      long memory,
      Path spill) {
    AtomicLong progress = new AtomicLong();
    EngineSettings settings =
        new EngineSettings(threads, tile, memory, null, spill, () -> false, progress::addAndGet);
    MergeEngine engine = new MergeEngine(settings, kind);
    MemorySink sink = new MemorySink(size);
    try {
      engine.run(tasks, List.of(sink));
    } catch (MokumeException e) {
      if (e.code() == ErrorCode.MEMORY_BUDGET) {
        return false;
      }
      // The folder is not there, so a run that spills is seen, and run once more.
      assertThat(e.code()).as("case %d", seed).isEqualTo(ErrorCode.IO_FAILED);
      assertThat(Files.exists(spill)).isFalse();
      spilled++;
      return run(seed, tasks, size, kind, tile, threads, memory, folder);
    } catch (RuntimeException e) {
      throw new AssertionError("case " + seed, e);
    }
    compare(seed, tasks, engine, sink);
    assertThat(progress.get())
        .as("case %d: progress", seed)
        .isEqualTo(tasks.stream().mapToLong(TensorTask::work).sum());
    assertThat(folder).as("case %d: what is left behind", seed).isEmptyDirectory();
    countReads(tasks, engine);
    return true;
  }

  private static void compare(
      int seed, List<TensorTask> tasks, MergeEngine engine, MemorySink sink) {
    byte[] bytes = sink.bytes();
    int expectedBytes = 0;
    for (TensorTask task : tasks) {
      ReferenceEvaluator reference = new ReferenceEvaluator();
      for (Write write : task.writes()) {
        byte[] expected =
            switch (write) {
              case Write.Values(_, _, var value, var dtype) ->
                  ReferenceEvaluator.encode(reference.of(value), dtype);
              case Write.Mask(_, _, var bits) -> ReferenceEvaluator.pack(reference.of(bits));
              case Write.Number(_, _, var number, var dtype) ->
                  ReferenceEvaluator.encode(new float[] {(float) reference.of(number)}, dtype);
              case Write.Copy(_, _, var from) -> ReferenceEvaluator.bytes(from);
            };
        int from = (int) write.offset();
        assertThat(java.util.Arrays.copyOfRange(bytes, from, from + expected.length))
            .as(
                "case %d: %s of %d elements, %s",
                seed, task.tensor(), task.count(), write.getClass())
            .isEqualTo(expected);
        expectedBytes += expected.length;
      }
      if (!task.measures().isEmpty()) {
        List<Scalar> measures = task.measures();
        assertThat(engine.measured(task))
            .as("case %d: measures of %s", seed, task.tensor())
            .containsExactly(measures.stream().mapToDouble(reference::of).toArray());
      }
    }
    assertThat(sink.written()).as("case %d: bytes written", seed).isEqualTo(expectedBytes);
  }

  private void countReads(List<TensorTask> tasks, MergeEngine engine) {
    long least = 0;
    long once = 0;
    long most = 0;
    for (TensorTask task : tasks) {
      long whole = reads(task, false);
      once += whole;
      most += mostReads(task);
      // Where only a sample is looked at, the rest is not read.
      least += task.measures().stream().anyMatch(Scalar.Sampled.class::isInstance) ? 0 : whole;
    }
    assertThat(engine.bytesRead()).isBetween(least, most);
    if (engine.bytesRead() == once) {
      readOnce++;
    } else if (engine.bytesRead() > once) {
      readAgain++;
    }
  }

  /// In one part, with or without memory to hold anything between passes.
  private static long reads(TensorTask task, boolean everyPass) {
    long ample = 1L << 40;
    TaskDivision.Part whole =
        new TaskDivision(Kernels.scalar(), 1, TILES[0], ample, ample, ample, Map.of())
            .parts(task)
            .getFirst();
    long bytes = 0;
    for (List<Write.Copy> copies : whole.copies()) {
      bytes += copies.getFirst().from().length();
    }
    if (whole.program() != null) {
      for (Matrix matrix : whole.program().matrices()) {
        bytes += matrix.tensors().stream().mapToLong(StoredTensor::length).sum();
      }
      List<Program.Input> inputs = whole.program().inputs();
      for (int i = 0; i < inputs.size(); i++) {
        bytes += inputs.get(i).tensor().length() * (everyPass ? whole.program().readings(i) : 1);
      }
    }
    return bytes;
  }

  /// Done in parts where that is more.
  private static long mostReads(TensorTask task) {
    long whole = reads(task, true);
    return task.isDivisible()
        ? Math.max(whole, task.halves().stream().mapToLong(RandomExpressionsTest::mostReads).sum())
        : whole;
  }
}
