package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.FileSource;
import dev.mokume.checkpoint.MemorySink;
import dev.mokume.checkpoint.MemorySource;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Pool;
import dev.mokume.expression.QuantileRule;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Scalar.Reduction;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.plan.TensorTask;
import dev.mokume.plan.TensorTask.Write;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BinaryOperator;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergeEngineTest {
  private static final int TILE = 4096;
  private static final long MEMORY = 8 << 20;

  @TempDir Path folder;

  private EngineSettings settings(
      int threads, @Nullable Executor executor, BooleanSupplier cancelled) {
    return new EngineSettings(threads, TILE, MEMORY, executor, folder, cancelled, _ -> {});
  }

  private MergeEngine engine() {
    return new MergeEngine(settings(2, null, () -> false), Kernels.scalar());
  }

  private static MemorySource floats(float... values) {
    return MemorySource.of("floats", values);
  }

  private static Elements stored(MemorySource source) {
    return new Elements.Stored(source.tensor("t", DType.F32, 0, source.size() / 4));
  }

  private static float[] floats(MemorySink sink) {
    ByteBuffer bytes = ByteBuffer.wrap(sink.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.remaining() / 4];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  /// A tensor of that many zeros, before whose every read something else is done.
  private static StoredTensor reading(long elements, Runnable before) {
    MemorySource zeros = new MemorySource("zeros", new byte[(int) (4 * elements)]);
    StoredTensor tensor = zeros.tensor("t", DType.F32, 0, elements);
    ByteSource source =
        new ByteSource() {
          @Override
          public String name() {
            return zeros.name();
          }

          @Override
          public long size() {
            return zeros.size();
          }

          @Override
          public void read(long offset, MemorySegment into) {
            before.run();
            zeros.read(offset, into);
          }

          @Override
          public void verifyUnchanged() {}

          @Override
          public void close() {}
        };
    return new StoredTensor(tensor.spec(), source, 0, tensor.length());
  }

  private static StoredTensor broken(long elements) {
    return reading(
        elements,
        () -> {
          throw new MokumeException(ErrorCode.IO_FAILED, "broken: reading failed: bad sector.");
        });
  }

  @Test
  void aBlend() {
    MemorySink sink = new MemorySink(12);
    // 0.65 and 0.35 as f32, each product and the sum rounded.
    engine()
        .run(
            List.of(
                Formulas.task(
                    Formulas.blend(stored(floats(1, 2, -4)), stored(floats(3, 2, 0))), DType.F32)),
            List.of(sink));
    assertThat(floats(sink))
        .containsExactly(0.65f * 1 + 0.35f * 3, 0.65f * 2 + 0.35f * 2, 0.65f * -4 + 0.35f * 0);
  }

  @Test
  void aCopyKeepsThePayloadOfEveryNan() {
    // Signalling and quiet NaN with payloads, in F32; then two in F16.
    byte[] bytes = {
      1,
      0,
      (byte) 0x80,
      0x7F,
      (byte) 0xEF,
      (byte) 0xBE,
      (byte) 0xFF,
      (byte) 0xFF,
      0x01,
      0x7C,
      0x55,
      (byte) 0xFE
    };
    MemorySource source = new MemorySource("nans", bytes);
    MemorySink sink = new MemorySink(bytes.length);
    TensorTask task =
        new TensorTask(
            "t",
            2,
            List.of(
                new Write.Copy(0, 0, source.tensor("wide", DType.F32, 0, 2)),
                new Write.Copy(0, 8, source.tensor("half", DType.F16, 8, 2))),
            List.of());
    MergeEngine engine = engine();
    engine.run(List.of(task), List.of(sink));
    assertThat(sink.bytes()).isEqualTo(bytes);
    assertThat(task.writes())
        .as("a copy is nobody's fault")
        .allSatisfy(copy -> assertThat(engine.nonFinite(copy)).isZero());
  }

  @Test
  void aCopyGoesWhereverItIsWantedAndIsReadOnce() {
    MemorySource source = rising(3 * TILE);
    StoredTensor tensor = source.tensor("t", DType.F32, 0, 3 * TILE);
    // Under another name, as another output may have it.
    StoredTensor same = source.tensor("bare.t", DType.F32, 0, 3 * TILE);
    MemorySink first = new MemorySink(12 * TILE);
    MemorySink second = new MemorySink(12 * TILE + 8);
    MergeEngine engine = engine();
    engine.run(
        List.of(
            new TensorTask(
                "t",
                3 * TILE,
                List.of(new Write.Copy(0, 0, tensor), new Write.Copy(1, 8, same)),
                List.of())),
        List.of(first, second));
    assertThat(source.bytesRead()).isEqualTo(12 * TILE);
    assertThat(engine.bytesRead()).isEqualTo(12 * TILE);
    assertThat(first.bytes()).isEqualTo(ReferenceEvaluator.bytes(tensor));
    assertThat(floats(second)).startsWith(0, 0, 0, 1, 2).endsWith(3 * TILE - 1);
  }

  /// Whatever is computed with it, in as many passes as that takes.
  @Test
  void whatIsComputedWithIsCopiedWhileItIsAtHand() {
    MemorySource a = rising(3 * TILE);
    MemorySource b = floats(new float[3 * TILE]);
    StoredTensor copied = a.tensor("a", DType.F32, 0, 3 * TILE);
    TensorTask task =
        new TensorTask(
            "t",
            3 * TILE,
            List.of(
                new Write.Copy(1, 0, copied),
                new Write.Values(0, 0, Formulas.underMask(stored(a), stored(b)), DType.F32)),
            List.of());
    MemorySink merged = new MemorySink(12 * TILE);
    MemorySink copy = new MemorySink(12 * TILE);
    engine().run(List.of(task), List.of(merged, copy));
    assertThat(a.bytesRead()).isEqualTo(12 * TILE);
    assertThat(b.bytesRead()).isEqualTo(12 * TILE);
    assertThat(copy.bytes()).isEqualTo(ReferenceEvaluator.bytes(copied));
    assertThat(merged.written()).isEqualTo(12 * TILE);
  }

  @Test
  void nonFiniteValuesAreCountedForEachWrite() {
    Elements values = stored(floats(1, 70_000, Float.NaN));
    List<Write> writes =
        List.of(
            new Write.Values(0, 0, values, DType.F32),
            new Write.Values(1, 0, values, DType.F16),
            new Write.Values(1, 6, new Elements.Magnitude(stored(floats(1, 2, 3))), DType.F16));
    MergeEngine engine = engine();
    engine.run(
        List.of(new TensorTask("t", 3, writes, List.of())),
        List.of(new MemorySink(12), new MemorySink(12)));
    assertThat(writes).extracting(engine::nonFinite).containsExactly(1L, 2L, 0L);
  }

  @Test
  void aNanThatIsComputedIsTheCanonicalOne() {
    float nan = Float.intBitsToFloat(0xFFC0_1234);
    MemorySink sink = new MemorySink(8);
    MergeEngine engine = engine();
    TensorTask task =
        Formulas.task(
            new Elements.WithScalar(
                Operator.MULTIPLY, stored(floats(nan, Float.MAX_VALUE)), Scalar.constant(2)),
            DType.F32);
    engine.run(List.of(task), List.of(sink));
    assertThat(Float.floatToRawIntBits(floats(sink)[0])).isEqualTo(0x7FC0_0000);
    assertThat(floats(sink)[1]).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(engine.nonFinite(task.writes().getFirst())).isEqualTo(2);
  }

  @Test
  void numbersThatOthersNeedAreMeasuredFirst() {
    Scalar sum = new Scalar.Statistic(Reduction.SUM, stored(floats(1, 2, 4)));
    TensorTask measure = Formulas.measure(3, sum);
    MergeEngine engine = engine();
    engine.measure(List.of(measure));
    assertThat(engine.measured(measure)).containsExactly(7);
    MemorySink sink = new MemorySink(8);
    engine.run(
        List.of(
            Formulas.task(
                new Elements.WithScalar(Operator.MULTIPLY, stored(floats(1, 10)), sum), DType.F32)),
        List.of(sink));
    assertThat(floats(sink)).containsExactly(7, 70);
  }

  @Test
  void askingForWhatWasNotMeasuredIsAMistake() {
    Scalar sum = new Scalar.Statistic(Reduction.SUM, stored(floats(1)));
    assertThatThrownBy(() -> engine().measured(Formulas.measure(1, sum)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("task 't' was not run");
  }

  @Test
  void aTensorWithoutElementsIsDoneAtOnce() {
    MemorySource nothing = new MemorySource("nothing", new byte[0]);
    Elements empty = new Elements.Stored(nothing.tensor("t", DType.F16, 0, 0));
    Scalar sum = new Scalar.Statistic(Reduction.SUM, empty);
    TensorTask task =
        new TensorTask(
            "t",
            0,
            List.of(
                new Write.Values(0, 0, empty, DType.F32),
                new Write.Copy(0, 0, nothing.tensor("t", DType.F16, 0, 0)),
                new Write.Mask(0, 0, new Bits.Constant(true, 0))),
            List.of(sum));
    MemorySink sink = new MemorySink(0);
    MergeEngine engine = engine();
    engine.run(List.of(task), List.of(sink));
    assertThat(engine.measured(task)).containsExactly(0);
  }

  @Test
  void nothingToDoIsDone() {
    MergeEngine engine = engine();
    engine.run(List.of(), List.of());
    engine.measure(List.of());
    assertThat(engine.bytesRead()).isZero();
  }

  @Test
  void theFirstFailureEndsTheRun() {
    List<TensorTask> tasks =
        List.of(
            Formulas.task(Formulas.blend(stored(floats(1)), stored(floats(2))), DType.F32),
            new TensorTask("copy", 10, List.of(new Write.Copy(0, 4, broken(10))), List.of()));
    assertThatThrownBy(() -> engine().run(tasks, List.of(new MemorySink(44))))
        .isInstanceOf(MokumeException.class)
        .hasMessage("broken: reading failed: bad sector.");
  }

  @Test
  void aCancelledRunSaysSo() {
    AtomicInteger asked = new AtomicInteger();
    MergeEngine engine =
        new MergeEngine(settings(1, null, () -> asked.incrementAndGet() > 4), Kernels.scalar());
    Elements long1 = stored(new MemorySource("zeros", new byte[40 * TILE]));
    MemorySink sink = new MemorySink(40 * TILE);
    assertThatThrownBy(() ->
            engine.run(
                List.of(Formulas.task(Formulas.blend(long1, long1), DType.F32)), List.of(sink)))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED))
        .hasMessage("the merge was cancelled; nothing was written.");
    // Compiled, made ready, and two of the ten tiles.
    assertThat(sink.written()).isEqualTo(2 * 4 * TILE);
  }

  @Test
  void anInterruptedCallerGetsControlBackWhenTheWorkersHaveEnded() {
    Thread caller = Thread.currentThread();
    Elements interrupting =
        new Elements.Stored(
            reading(
                1,
                () -> {
                  while (caller.getState() != Thread.State.WAITING) {
                    Thread.onSpinWait();
                  }
                  caller.interrupt();
                  while (caller.isInterrupted()) {
                    Thread.onSpinWait();
                  }
                }));
    assertThatThrownBy(() ->
            engine()
                .run(List.of(Formulas.task(interrupting, DType.F32)), List.of(new MemorySink(4))))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED))
        .hasMessage("the merge was interrupted; nothing was written.");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void theCallersExecutorDoesTheWork() {
    Set<String> names = ConcurrentHashMap.newKeySet();
    try (ExecutorService executor =
        Executors.newFixedThreadPool(1, task -> new Thread(task, "the caller's"))) {
      MergeEngine engine =
          new MergeEngine(
              new EngineSettings(
                  3,
                  TILE,
                  MEMORY,
                  executor,
                  folder,
                  () -> false,
                  _ -> names.add(Thread.currentThread().getName())),
              Kernels.scalar());
      // Three workers on one thread: those that come late find nothing left.
      MemorySink sink = new MemorySink(4);
      engine.run(
          List.of(Formulas.task(Formulas.blend(stored(floats(1)), stored(floats(1))), DType.F32)),
          List.of(sink));
      assertThat(floats(sink)).containsExactly(0.65f + 0.35f);
    }
    assertThat(names).containsExactly("the caller's");
  }

  @Test
  void anExecutorThatRefusesSomeWorkersHasTheOthersDoTheWork() {
    AtomicInteger given = new AtomicInteger();
    Executor almostFull =
        task -> {
          if (given.incrementAndGet() > 1) {
            throw new RejectedExecutionException("full");
          }
          startThread(task);
        };
    MemorySink sink = new MemorySink(4);
    new MergeEngine(settings(3, almostFull, () -> false), Kernels.scalar())
        .run(
            List.of(Formulas.task(Formulas.slerp(stored(floats(3)), stored(floats(3))), DType.F32)),
            List.of(sink));
    assertThat(floats(sink)).containsExactly(0.65f * 3 + 0.35f * 3);
  }

  private static void startThread(Runnable task) {
    Thread.ofPlatform().start(task);
  }

  @Test
  void anExecutorThatRefusesAllIsNamed() {
    ExecutorService closed = Executors.newFixedThreadPool(1);
    closed.shutdown();
    assertThatThrownBy(() ->
            new MergeEngine(settings(2, closed, () -> false), Kernels.scalar())
                .run(List.of(), List.of()))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED))
        .hasMessage(
            "the executor refused the merge's work (is it shut down?); nothing was written.");
  }

  @Test
  void aWorkerThatTheExecutorForgetsIsNotWaitedFor() {
    AtomicInteger given = new AtomicInteger();
    Executor forgetful =
        task -> {
          if (given.incrementAndGet() == 1) {
            startThread(task);
          }
        };
    MemorySink sink = new MemorySink(4);
    new MergeEngine(settings(3, forgetful, () -> false), Kernels.scalar())
        .run(
            List.of(Formulas.task(Formulas.blend(stored(floats(1)), stored(floats(1))), DType.F32)),
            List.of(sink));
    assertThat(sink.written()).isEqualTo(4);
  }

  @Test
  void aWorkerThatComesAfterTheEndTouchesNothing() {
    List<Runnable> held = new java.util.ArrayList<>();
    Executor holding =
        task -> {
          held.add(task);
          if (held.size() == 1) {
            startThread(task);
          }
        };
    new MergeEngine(settings(2, holding, () -> false), Kernels.scalar())
        .run(
            List.of(Formulas.task(Formulas.blend(stored(floats(1)), stored(floats(1))), DType.F32)),
            List.of(new MemorySink(4)));
    held.get(1).run();
  }

  @Test
  void aWorkerThatIsInterruptedCancelsTheMerge() {
    try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
      MergeEngine engine =
          new MergeEngine(
              new EngineSettings(
                  2, TILE, MEMORY, executor, folder, () -> false, _ -> executor.shutdownNow()),
              Kernels.scalar());
      Elements zeros = stored(new MemorySource("zeros", new byte[400 * TILE]));
      // One tile at a time, so that the other worker waits and is interrupted there.
      Elements ordered = new Elements.ShiftFirstChannel(zeros, zeros, 100 * TILE, 1, 6);
      assertThatThrownBy(() ->
              engine.run(
                  List.of(Formulas.task(ordered, DType.F32)), List.of(new MemorySink(400 * TILE))))
          .isInstanceOfSatisfying(
              MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED))
          .hasMessage("the merge was interrupted; nothing was written.");
    }
  }

  @Test
  void tooLittleMemoryForAnyMergeIsToldBeforeItBegins() {
    MergeEngine engine =
        new MergeEngine(
            new EngineSettings(4, TILE, 1 << 20, null, folder, () -> false, _ -> {}),
            Kernels.scalar());
    assertThatThrownBy(() -> engine.run(List.of(), List.of()))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MEMORY_BUDGET))
        .hasMessage(
            "a budget of 1048576 bytes of buffers is too small for 4 threads; give more --memory or"
                + " fewer --threads.");
  }

  @Test
  void tooLittleMemoryForOneTensorNamesIt() {
    MergeEngine engine =
        new MergeEngine(
            new EngineSettings(1, TILE, 512 << 10, null, folder, () -> false, _ -> {}),
            Kernels.scalar());
    Elements sum = stored(floats(new float[5000]));
    for (int i = 0; i < 8; i++) {
      sum = new Elements.Binary(Operator.ADD, sum, stored(floats(new float[5000])));
    }
    Elements nine = sum;
    assertThatThrownBy(() ->
            engine.run(List.of(Formulas.task(nine, DType.F32)), List.of(new MemorySink(20_000))))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MEMORY_BUDGET))
        .hasMessage(
            "tensor 't': its 9 inputs need 163840 bytes of buffers a thread, but the budget leaves"
                + " 131072; give more --memory or fewer --threads.");
    assertThat(folder).isEmptyDirectory();
  }

  /// Of two outputs, each of five inputs: nine are too many for the buffer, but five are not.
  @Test
  void whatIsTooMuchTogetherIsDoneInParts() {
    List<MemorySource> files = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      files.add(rising(5000));
    }
    Elements first = sum(files.subList(0, 5));
    Elements second = sum(files.subList(4, 9));
    Scalar total = new Scalar.Statistic(Reduction.SUM, second);
    TensorTask task =
        new TensorTask(
            "t",
            5000,
            List.of(
                new Write.Values(0, 0, first, DType.F32),
                new Write.Values(1, 0, second, DType.F32)),
            List.of(total));
    AtomicLong progress = new AtomicLong();
    MergeEngine engine =
        new MergeEngine(
            new EngineSettings(1, TILE, 512 << 10, null, folder, () -> false, progress::addAndGet),
            Kernels.scalar());
    MemorySink one = new MemorySink(20_000);
    MemorySink other = new MemorySink(20_000);
    engine.run(List.of(task), List.of(one, other));
    assertThat(floats(one)).startsWith(0, 5, 10).isEqualTo(floats(other));
    // 5 x (0 + 1 + ... + 4999)
    assertThat(engine.measured(task)).containsExactly(5 * 12_497_500);
    assertThat(files.get(0).bytesRead()).isEqualTo(20_000);
    assertThat(files.get(4).bytesRead()).as("shared by both parts").isEqualTo(40_000);
    assertThat(progress.get()).isEqualTo(task.work()).isEqualTo(2 * 20_000 + 10_000);
  }

  private static Elements sum(List<MemorySource> files) {
    return files.stream()
        .map(MergeEngineTest::stored)
        .reduce((a, b) -> new Elements.Binary(Operator.ADD, a, b))
        .orElseThrow();
  }

  /// A mask by quantiles of a hundred elements each: 60 chunks.
  private static TensorTask byChunks(MemorySource values) {
    Elements magnitude = new Elements.Magnitude(stored(values));
    Scalar quantile = new Scalar.Quantile(magnitude, 0.5, QuantileRule.MEDIAN, 100);
    return Formulas.task(new Bits.Compare(Bits.Comparison.LESS, magnitude, quantile));
  }

  private static MemorySource rising(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i;
    }
    return floats(values);
  }

  @Test
  void countersAreArraysOfTheHeap() {
    Program program = ProgramCompiler.compile(byChunks(rising(6000)), Map.of(), Kernels.scalar());
    // First 65,536 counters of 4 bytes for each chunk and for each worker; then two halves.
    assertThat(program.heapBytes(2, TILE, 0)).isEqualTo((60 + 2) * 4 * 65_536L);
  }

  @Test
  void countersThatTheHeapHasNoRoomForAreRefused() {
    MergeEngine engine =
        new MergeEngine(settings(2, null, () -> false), Kernels.scalar(), 16_000_000);
    assertThatThrownBy(
            () -> engine.run(List.of(byChunks(rising(6000))), List.of(new MemorySink(750))))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MEMORY_BUDGET))
        .hasMessage(
            "tensor 't': its counters and random generators need 16252928 bytes of the heap, but"
                + " the budget leaves 16000000; give more --memory, fewer --threads, or a quantile"
                + " larger chunks.");
  }

  @Test
  void tensorsWaitForTheHeapOfOthers() {
    // One at a time fits, two do not.
    MergeEngine engine =
        new MergeEngine(settings(2, null, () -> false), Kernels.scalar(), 20_000_000);
    List<TensorTask> tasks = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Bits bits = ((Write.Mask) byChunks(rising(6000)).writes().getFirst()).bits();
      tasks.add(
          new TensorTask("t" + i, 6000, List.of(new Write.Mask(0, 750 * i, bits)), List.of()));
    }
    MemorySink sink = new MemorySink(5 * 750);
    engine.run(tasks, List.of(sink));
    int selected = 0;
    for (byte b : sink.bytes()) {
      selected += Integer.bitCount(b & 0xFF);
    }
    // The chunks' medians are 49.5, 149.5, ...; their median is the thirtieth, 2949.5.
    assertThat(selected).isEqualTo(5 * 2950);
  }

  @Test
  void largeFilesGoThroughArraysToTheSameBytes() throws IOException {
    int count = (1 << 25) + 5;
    byte[] content = new byte[2 * count + 3];
    new Random(1).nextBytes(content);
    Path input = Files.write(folder.resolve("input"), content);
    long heapWithoutArrays = TensorRun.ARRAY_BYTES;
    for (BinaryOperator<Elements> merge :
        List.<BinaryOperator<Elements>>of(Formulas::blend, MergeEngineTest::randomShare)) {
      assertThat(merged(merge, input, count, 1 << 30))
          .isEqualTo(merged(merge, input, count, heapWithoutArrays));
    }
  }

  /// Where a second output has the same value, every element of both is computed.
  @Test
  void fewElementsSideBySideComeToTheSameBytes() {
    int count = 3 * Block.ELEMENTS + 777;
    byte[] content = new byte[4 * count + 1];
    new Random(7).nextBytes(content);
    MemorySource file = new MemorySource("file", content);
    for (DType dtype : List.of(DType.F16, DType.BF16)) {
      Elements a = new Elements.Stored(file.tensor("a", dtype, 1, count));
      Elements b = new Elements.Stored(file.tensor("b", dtype, 1 + 2L * count, count));
      Elements merged = new Elements.Select(Formulas.lowMagnitude(a, b), fewOf(a, b), a);
      MergeEngine engine = new MergeEngine(settings(2, null, () -> false), Kernels.best());
      Write few = new Write.Values(0, 0, merged, dtype);
      Write all = new Write.Values(0, 0, merged, dtype);
      Write again = new Write.Values(1, 0, merged, dtype);
      MemorySink one = new MemorySink(2 * count);
      MemorySink two = new MemorySink(2 * count);
      engine.run(List.of(new TensorTask("t", count, List.of(few), List.of())), List.of(one));
      engine.run(
          List.of(new TensorTask("t", count, List.of(all, again), List.of())),
          List.of(two, new MemorySink(2 * count)));
      assertThat(one.bytes()).as("%s", dtype).isEqualTo(two.bytes());
      assertThat(engine.nonFinite(few)).isEqualTo(engine.nonFinite(all)).isPositive();
    }
  }

  /// A fifth of the positive differences.
  private static Elements fewOf(Elements a, Elements b) {
    Elements delta = new Elements.Binary(Elements.Operator.SUBTRACT, b, a);
    Bits drawn = new Bits.Keep(new Draw.Stateless(1, "dare", "t"), 0.2, a.count());
    return new Elements.Select(
        new Bits.Binary(Bits.Operator.AND, drawn, new Bits.HasSign(delta, Scalar.constant(1))),
        new Elements.Binary(Elements.Operator.ADD, a, delta),
        a);
  }

  private static Elements randomShare(Elements a, Elements b) {
    return new Elements.Select(
        new Bits.Keep(new Draw.Stateless(1, "dare", "t"), 0.3, a.count()),
        new Elements.Binary(
            Elements.Operator.ADD, a, new Elements.Binary(Elements.Operator.SUBTRACT, b, a)),
        a);
  }

  /// Of the file's elements from byte 1 on and those from byte 3 on.
  private byte[] merged(BinaryOperator<Elements> merge, Path input, int count, long heap)
      throws IOException {
    Path output = folder.resolve("output");
    MergeEngine engine = new MergeEngine(settings(2, null, () -> false), Kernels.best(), heap);
    try (FileSource source = FileSource.open(input);
        AtomicFileOutput sink =
            AtomicFileOutput.create(
                output, 2L * count, AtomicFileOutput.Options.defaults().replaceExisting(true))) {
      Elements merged = merge.apply(halves(source, 1, count), halves(source, 3, count));
      Write write = new Write.Values(0, 0, merged, DType.F16);
      engine.run(List.of(new TensorTask("t", count, List.of(write), List.of())), List.of(sink));
      sink.commit();
    }
    return Files.readAllBytes(output);
  }

  private static Elements halves(FileSource source, long offset, int count) {
    TensorSpec spec = new TensorSpec("t", DType.F16, Shape.of(count));
    return new Elements.Stored(new StoredTensor(spec, source, offset, 2L * count));
  }

  /// The files of so many models are not all open at once, so that each read opens one again.
  @Test
  void manyInputsAreReadInAsFewPiecesAsTheMemoryAllows() {
    // 120 inputs and the output of 8 blocks of 16 KiB each are 15.9 MB, of which half of the memory
    // holds all, or two blocks of each.
    assertThat(readsOfEach(40 << 20, 1, 64 << 20)).isEqualTo(1);
    assertThat(readsOfEach(9 << 20, 1, 64 << 20)).isEqualTo(4);
  }

  /// 120 numbers of each element of a block are 2 MB for each thread, so that two of four work.
  @Test
  void fewerThreadsThanWereAskedForWorkWhereTheHeapIsSmall() {
    assertThat(readsOfEach(80 << 20, 4, 5 << 20)).isEqualTo(1);
  }

  private long readsOfEach(long memory, int threads, long heap) {
    int count = 8 * Block.ELEMENTS;
    List<MemorySource> sources = new ArrayList<>();
    List<Elements> elements = new ArrayList<>();
    List<Double> weights = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      sources.add(rising(count));
      elements.add(new Elements.Stored(sources.getLast().tensor("t", DType.F32, 0, count)));
      weights.add(1.0);
    }
    Elements mean = new Elements.Pooled(new Pool.WeightedMean(weights), elements);
    MemorySink sink = new MemorySink(4 * count);
    new MergeEngine(
            new EngineSettings(threads, 1 << 18, memory, null, folder, () -> false, _ -> {}),
            Kernels.best(),
            heap)
        .run(
            List.of(
                new TensorTask(
                    "t", count, List.of(new Write.Values(0, 0, mean, DType.F32)), List.of())),
            List.of(sink));
    assertThat(floats(sink)).startsWith(0, 1, 2).endsWith(count - 1);
    return sources.getFirst().reads();
  }
}
