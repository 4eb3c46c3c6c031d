package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.MemorySink;
import dev.mokume.checkpoint.MemorySource;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Elements;
import dev.mokume.expression.QuantileRule;
import dev.mokume.expression.Scalar;
import dev.mokume.internal.AllocatedBytes;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.plan.TensorTask;
import dev.mokume.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
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

  /// A quarter for the worker's buffer; what is left holds 12 tiles, or 16 smaller ones.
  private static final long SCARCE = 512 << 10;

  /// The bytes of a tile of 16,384 elements.
  private static final long T = 2 * TILE;

  /// Of a smaller one, of 12,288, where a worker's buffer has to hold more of them.
  private static final long S = T / 4 * 3;

  @TempDir Path folder;

  private static Elements stored(MemorySource file, int place, int count) {
    return new Elements.Stored(
        file.tensor("tensor " + place, DType.F16, 2L * place * count, count));
  }

  static List<Arguments> merges() {
    MemorySource file = new MemorySource("file", new byte[2 * TENSOR_BYTES]);
    Elements a = stored(file, 0, COUNT);
    Elements b = stored(file, 1, COUNT);
    // Of 13 tiles of two inputs 6 are held, and 7 are read again in each pass but the first.
    //                       name, expression, passes, values kept between passes, tensors read if
    // memory is ample, bytes read again if it is scarce
    return List.of(
        Arguments.of("a copy in another dtype", a, 1, 0, 1, 0),
        Arguments.of("blend", Formulas.blend(a, b), 1, 0, 2, 0),
        Arguments.of("slerp", Formulas.slerp(a, b), 2, 0, 2, 2 * 7 * T),
        Arguments.of("blend under a magnitude mask", Formulas.underMask(a, b), 3, 0, 2, 4 * 7 * T),
        Arguments.of("DARE with a vote", Formulas.dare(a, b, 1), 2, 0, 2, 2 * 7 * T),
        Arguments.of("DARE with a vote, twice", Formulas.dare(a, b, 2), 3, 0, 2, 4 * 7 * T),
        // b in each of 11 passes; a in the first three, from which the first iteration follows, and
        // for the result. Slots leave the worker's buffer room for smaller tiles: 8 of 17 are held.
        Arguments.of(
            "DARE with a vote, ten times", Formulas.dare(a, b, 10), 11, 2, 2, (10 + 3) * 9 * S));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("merges")
  void costs(String name, Elements merged, int passes, int kept, int ample, long again)
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
        .isEqualTo((long) ample * TENSOR_BYTES + again);
  }

  /// TIES of three models on a base: four inputs of 64 tiles.
  @Test
  void whereMagnitudesLieIsGuessedFromASample() throws Exception {
    int count = 1 << 20;
    MemorySource file = new MemorySource("file", noise(4 * count));
    TensorTask task = Formulas.task(ties(file, count), DType.F16);
    Program program = ProgramCompiler.compile(task, Map.of(), Kernels.scalar());
    assertThat(program.guesses()).as("limits that one pass finds").isEqualTo(3);
    assertThat(bytesRead(task, AMPLE)).as("everything fits").isEqualTo(4 * 64 * T);
    // Of 64 tiles 12 are held, which is sample enough. The others are read for the counts and again
    // for the result.
    assertThat(bytesRead(task, 2 << 20)).as("a part fits").isEqualTo(4 * (64 + 52) * T);
    // Of 86 smaller tiles 4 are held: the last, of a third of the size, and three more. The sample
    // is
    // every eighth tile, of which one is held.
    assertThat(bytesRead(task, SCARCE))
        .as("next to nothing fits")
        .isEqualTo(4 * (64 * T + (85 - 3) * S + 10 * S));
  }

  /// A strip of each tile of 8 blocks, and what is left of the tiles when it is counted.
  @Test
  void whatASampleHasReadIsNotReadAgain() {
    int count = 1 << 20;
    MemorySource file = new MemorySource("file", noise(4 * count));
    TensorTask task = Formulas.task(ties(file, count), DType.F16);
    MemorySink sink = new MemorySink(2 * count);
    MergeEngine engine =
        new MergeEngine(
            new EngineSettings(2, 1 << 15, AMPLE, null, folder, () -> false, _ -> {}),
            Kernels.best());
    engine.run(List.of(task), List.of(sink));
    assertThat(engine.bytesRead()).isEqualTo(4L * 2 * count);
    float[] expected = new ReferenceEvaluator().of(ties(file, count));
    assertThat(sink.bytes()).isEqualTo(ReferenceEvaluator.encode(expected, DType.F16));
  }

  /// What only the sample and one pass read is not kept from one to the other: reading an eighth
  /// again takes less time than filling memory.
  @Test
  void aQuantileAndWhatIsBelowItTakeASampleAndOnePass() {
    int count = 1 << 20;
    MemorySource file = new MemorySource("file", noise(2 * count));
    Elements magnitude =
        new Elements.Magnitude(
            new Elements.Binary(
                Elements.Operator.SUBTRACT, stored(file, 1, count), stored(file, 0, count)));
    Scalar quantile = new Scalar.Quantile(magnitude, 0.7, QuantileRule.EXACT, count);
    Scalar below = new Scalar.Count(new Bits.Compare(Bits.Comparison.LESS, magnitude, quantile));
    TensorTask task = Formulas.measure(count, quantile, below);
    MergeEngine engine =
        new MergeEngine(
            new EngineSettings(2, 1 << 15, AMPLE, null, folder, () -> false, _ -> {}),
            Kernels.best());
    engine.run(List.of(task), List.of());
    assertThat(engine.bytesRead()).isEqualTo(2L * 2 * count * 9 / 8);
    float[] magnitudes = new ReferenceEvaluator().of(magnitude);
    double expected = ReferenceEvaluator.quantile(magnitudes, 0.7, QuantileRule.EXACT, count);
    long less = IntStream.range(0, count).filter(i -> magnitudes[i] < expected).count();
    assertThat(engine.measured(task)).containsExactly(expected, less);
  }

  @Test
  void aGuessThatIsWrongIsMadeGood() throws Exception {
    int count = 1 << 20;
    byte[] bytes = noise(4 * count);
    // All that the sample sees of the first model, 12 tiles of 64, is far away from the rest.
    for (int tile = 0; tile < 64; tile++) {
      if ((tile + 1) * 12 / 64 > tile * 12 / 64) {
        for (int i = 0; i < TILE; i++) {
          bytes[2 * (tile * TILE + i) + 1] = 0x60;
        }
      }
    }
    MemorySource file = new MemorySource("file", bytes);
    TensorTask task = Formulas.task(ties(file, count), DType.F16);
    MemorySink sink = new MemorySink(2 * count);
    List<Long> progress = new ArrayList<>();
    MergeEngine engine =
        new MergeEngine(
            new EngineSettings(1, TILE, 2 << 20, null, folder, () -> false, progress::add),
            Kernels.scalar());
    engine.run(List.of(task), List.of(sink));
    float[] expected = new ReferenceEvaluator().of(ties(file, count));
    assertThat(sink.bytes()).isEqualTo(ReferenceEvaluator.encode(expected, DType.F16));
    assertThat(progress.stream().mapToLong(Long::longValue).sum()).isEqualTo(task.work());
    // The sample of tiles that are held, the counts, both again over everything, and the result.
    assertThat(engine.bytesRead()).isEqualTo(4 * (64 + 3 * 52) * T);
  }

  /// F16 numbers between 1 and 2 and their opposites. Half of their differences lie below 1, a
  /// quarter above 3.
  private static byte[] noise(int count) {
    SplittableRandom random = new SplittableRandom(5);
    byte[] bytes = new byte[2 * count];
    for (int i = 0; i < count; i++) {
      bytes[2 * i] = (byte) random.nextInt(256);
      bytes[2 * i + 1] = (byte) (0x3C | random.nextInt(4) | random.nextInt(2) << 7);
    }
    return bytes;
  }

  private static Elements ties(MemorySource file, int count) {
    Elements base = stored(file, 3, count);
    List<Elements> deltas = new ArrayList<>();
    for (int model = 0; model < 3; model++) {
      Elements delta =
          new Elements.Binary(Elements.Operator.SUBTRACT, stored(file, model, count), base);
      deltas.add(new Elements.Trimmed(delta, new Scalar.Ranked(delta, count / 4 * 3)));
    }
    Elements elected =
        new Elements.Elected(
            deltas,
            List.of(Scalar.constant(1), Scalar.constant(1), Scalar.constant(1)),
            Elements.Elected.Vote.SUM,
            Scalar.constant(0),
            Elements.Elected.Take.MEAN);
    return new Elements.Binary(Elements.Operator.ADD, base, elected);
  }

  private long bytesRead(TensorTask task, long memory) throws Exception {
    MergeEngine engine =
        new MergeEngine(
            new EngineSettings(1, TILE, memory, null, folder, () -> false, _ -> {}),
            Kernels.scalar());
    engine.run(List.of(task), List.of(new MemorySink((int) (4 * task.count()))));
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
    // Counting magnitudes takes four megabytes a tensor, and what runs for the first time may take
    // half a one; all else takes a few objects a tile, once it is compiled.
    return List.of(
        Arguments.of("blend", Formulas.blend(a, b), 0.1),
        Arguments.of("slerp", Formulas.slerp(a, b), 0.1),
        Arguments.of("DARE with a vote, three times", Formulas.dare(a, b, 3), 0.1),
        Arguments.of("DARE with a vote, few elements side by side", Formulas.voted(a, b), 0.1),
        Arguments.of("blend under a magnitude mask", Formulas.underMask(a, b), 0.6));
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
    long before = AllocatedBytes.now();
    engine.run(List.of(task), List.of(sink));
    double allocated = (double) (AllocatedBytes.now() - before) / merged.count();
    assertThat(allocated).as("bytes allocated an element: %s", name).isLessThan(bytesAnElement);
  }
}
