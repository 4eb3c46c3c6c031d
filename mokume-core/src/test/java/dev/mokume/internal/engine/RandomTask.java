package dev.mokume.internal.engine;

import dev.mokume.checkpoint.MemorySource;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Function;
import dev.mokume.expression.Lines;
import dev.mokume.expression.Matrix;
import dev.mokume.expression.PerLine;
import dev.mokume.expression.Pool;
import dev.mokume.expression.QuantileRule;
import dev.mokume.expression.Sample;
import dev.mokume.expression.Scalar;
import dev.mokume.plan.TensorTask;
import dev.mokume.plan.TensorTask.Write;
import dev.mokume.plugin.Setting;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// A task made up at random, the same one for the same seed: deep expressions with shared parts,
/// equal parts that are not shared, statistics of what depends on statistics, and several outputs.
final class RandomTask {
  private static final List<DType> DTYPES =
      List.of(DType.F32, DType.F16, DType.BF16, DType.F64, DType.F8_E4M3, DType.F8_E5M2);

  /// For tensors of whole blocks only.
  private static final List<DType> BLOCKS = List.of(DType.Q8_0, DType.Q4_0, DType.Q4_K, DType.Q6_K);

  /// Where tiles, blocks, mask words and lanes begin and end.
  private static final int[] COUNTS = {
    1, 7, 63, 64, 65, 256, 4095, 4096, 4097, 12_289, 13_056, 100_000, 250_001, 262_144
  };

  private final SplittableRandom random;
  private final int count;
  private final MemorySource source;
  private final List<Elements> values = new ArrayList<>();
  private final List<Bits> masks = new ArrayList<>();
  private final List<Scalar> numbers = new ArrayList<>();
  private final List<StoredTensor> inputs = new ArrayList<>();

  private RandomTask(long seed) {
    this.random = new SplittableRandom(seed);
    this.count = COUNTS[random.nextInt(COUNTS.length)];
    this.source = new MemorySource("random " + seed, bytes());
    read();
    int steps = random.nextInt(1, 30);
    for (int i = 0; i < steps; i++) {
      grow();
    }
  }

  /// @param offset where the outputs may begin; what a task writes lies behind what the one before
  ///   writes
  static TensorTask of(long seed, long offset) {
    return new RandomTask(seed).task(seed, offset);
  }

  private TensorTask task(long seed, long offset) {
    List<Write> writes = new ArrayList<>();
    long at = offset;
    int outputs = random.nextInt(1, 4);
    for (int i = 0; i < outputs; i++) {
      // Nothing says that outputs are aligned.
      at += random.nextInt(3);
      Write write =
          switch (random.nextInt(6)) {
            case 0 -> new Write.Mask(0, at, late(masks));
            case 1 -> new Write.Copy(0, at, pick(inputs));
            case 2 -> new Write.Number(0, at, late(numbers), pick(DTYPES));
            default -> new Write.Values(0, at, late(values), dtype());
          };
      writes.add(write);
      at += length(write);
    }
    List<Scalar> measures = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      measures.add(late(numbers));
    }
    // All of one sample, or a pass that looks at samples only would be a rare thing.
    int part = random.nextInt(1, 5);
    Sample sample = new Sample(part, random.nextInt(part));
    for (int i = random.nextInt(3); i > 0; i--) {
      measures.add(new Scalar.Sampled(newSum(), sample));
    }
    return new TensorTask("random." + seed, count, writes, measures);
  }

  /// The bytes that a write fills.
  static long length(Write write) {
    return switch (write) {
      case Write.Values(_, _, var value, var dtype) -> dtype.packing().bytes(value.count());
      case Write.Mask(_, _, var bits) -> (bits.count() + 7) / 8;
      case Write.Number(_, _, _, var dtype) -> dtype.bits() / 8;
      case Write.Copy(_, _, var from) -> from.length();
    };
  }

  /// Room for three tensors of the widest dtype and two masks. Ordinary numbers in whatever dtype
  /// they are read as, and now and then anything.
  private byte[] bytes() {
    byte[] bytes = new byte[count * 8 * 4 + 64];
    boolean wild = random.nextInt(4) == 0;
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) random.nextInt();
    }
    if (!wild) {
      // Little-endian: every second, fourth and eighth byte holds an exponent. 0x38 to 0x3F and
      // their negatives are
      // moderate in all six dtypes.
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (bytes[i] & 0x87 | 0x38);
      }
    }
    return bytes;
  }

  private void read() {
    int offset = random.nextInt(5);
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      DType dtype = dtype();
      StoredTensor tensor = source.tensor("input" + i, dtype, offset, shape());
      inputs.add(tensor);
      values.add(new Elements.Stored(tensor));
      offset += random.nextInt(count) + 1;
    }
    masks.add(new Bits.Stored(source.tensor("packed", DType.U8, offset, (count + 7) / 8), count));
    masks.add(
        new Bits.NonZeroBytes(source.tensor("bytes", DType.U8, 2 * offset % (7 * count), count)));
    numbers.add(Scalar.constant(random.nextDouble(-2, 2)));
  }

  private DType dtype() {
    boolean blocks = count % 256 == 0 && random.nextInt(4) == 0;
    return pick(blocks ? BLOCKS : DTYPES);
  }

  private long[] shape() {
    return count == 1 && random.nextBoolean() ? new long[0] : new long[] {count};
  }

  private void grow() {
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> values.add(newValues());
      case 3 -> {
        iterate();
        iterate();
      }
      case 4, 5 -> masks.add(newBits());
      case 6, 7, 8 -> numbers.add(newNumber());
      // A copy of a node, equal and not the same.
      case 9 -> values.add(again(pick(values)));
      default ->
          values.add(
              new Elements.WithScalar(
                  pick(Elements.Operator.values()), late(values), late(numbers)));
    }
  }

  /// A step that needs a number over all of the one before, as an iteration with a vote does.
  private void iterate() {
    Elements x = values.getLast();
    Scalar number = new Scalar.Statistic(pick(Scalar.Reduction.values()), x);
    Bits chosen =
        new Bits.HasSign(new Elements.Binary(Elements.Operator.SUBTRACT, pick(values), x), number);
    masks.add(chosen);
    values.add(new Elements.Select(chosen, x, pick(values)));
  }

  private Elements newValues() {
    return switch (random.nextInt(23)) {
      case 15 -> elected();
      case 16 -> ranked();
      case 17 -> new Elements.Constant(random.nextFloat(-2, 2), count);
      case 18 -> new Elements.OfLine(ofLines(lines()));
      case 19 -> new Elements.Applied(pick(Elements.ElementFunction.values()), late(values));
      case 20 ->
          new Elements.Mapped(
              Spread.METHOD,
              setting(2),
              List.of(late(values), pick(values)),
              List.of(new Scalar.Dot(pick(values), late(values))));
      case 21 ->
          new Elements.Whole(
              Reversed.METHOD, setting(2), List.of(late(values), pick(values)), List.of(draw()));
      case 22 -> pooled();
      case 0, 1 -> new Elements.Blend(late(values), late(numbers), pick(values), pick(numbers));
      case 2, 3 ->
          new Elements.Binary(pick(Elements.Operator.values()), late(values), pick(values));
      case 4 ->
          random.nextBoolean()
              ? new Elements.Magnitude(late(values))
              : new Elements.Trimmed(late(values), late(numbers));
      case 5, 6 -> new Elements.Select(late(masks), late(values), pick(values));
      case 7 -> new Elements.Rounded(late(values), dtype());
      case 8 -> byColumn();
      case 9 -> shifted();
      case 10, 11, 12 -> ofMatrices();
      case 13 ->
          new Elements.RoundedAtRandom(
              late(values),
              new Elements.Uniform(draw(), count),
              pick(List.of(DType.F8_E4M3, DType.F8_E5M2)));
      default ->
          random.nextBoolean()
              ? new Elements.Uniform(draw(), count)
              : new Elements.Normal(draw(), random.nextDouble(), random.nextDouble(), count);
    };
  }

  private Elements pooled() {
    List<Elements> of = new ArrayList<>(List.of(late(values)));
    while (random.nextInt(4) > 0) {
      of.add(pick(values));
    }
    return new Elements.Pooled(
        random.nextBoolean()
            ? new Pool.TrimmedMean(random.nextInt((of.size() + 1) / 2))
            : new Pool.WeightedMean(of.stream().map(_ -> 1 + random.nextDouble()).toList()),
        of);
  }

  private Setting setting(int inputs) {
    return new Setting("random", Shape.of(count), inputs, Map.of("share", random.nextDouble()));
  }

  private Elements elected() {
    int terms = random.nextInt(1, 5);
    return new Elements.Elected(
        IntStream.range(0, terms).mapToObj(_ -> pick(values)).toList(),
        IntStream.range(0, terms).mapToObj(_ -> pick(numbers)).toList(),
        pick(Elements.Elected.Vote.values()),
        pick(numbers),
        pick(Elements.Elected.Take.values()));
  }

  private Elements ranked() {
    int length = (int) divisor(count);
    int inner = (int) divisor(count / length);
    return new Elements.RowRanks(late(values), length, inner, Elements.RowRanks.Order.ASCENDING);
  }

  private Elements byColumn() {
    List<Float> later =
        IntStream.range(0, random.nextInt(1, 40))
            .mapToObj(_ ->
                random.nextInt(4) == 0 ? (float) random.nextInt(2) : (float) random.nextDouble())
            .toList();
    List<Float> first = later.stream().map(share -> 1 - share).toList();
    return new Elements.ByColumn(late(values), first, pick(values), later);
  }

  private Elements shifted() {
    List<Integer> divisors =
        IntStream.rangeClosed(1, Math.min(count, 200)).filter(d -> count % d == 0).boxed().toList();
    int channels = pick(divisors);
    List<Integer> rest = divisors.stream().filter(d -> count / channels % d == 0).toList();
    return new Elements.ShiftFirstChannel(
        late(values), pick(values), channels, pick(rest), random.nextBoolean() ? 6 : -6);
  }

  private Lines lines() {
    long inner = divisor(count);
    long lines = divisor(count / inner);
    return new Lines(lines, inner, count / inner / lines);
  }

  private PerLine ofLines(Lines lines) {
    PerLine statistic =
        new PerLine.Statistic(pick(PerLine.Reduction.values()), late(values), lines);
    return random.nextBoolean()
        ? statistic
        : new PerLine.Computed(
            pick(List.of(Function.MULTIPLY, Function.DIVIDE, Function.IF_ZERO)),
            List.of(statistic, ofLines(lines)));
  }

  private Elements ofMatrices() {
    long rows = random.nextLong(1, Math.min(40, count) + 1);
    long columns = random.nextLong(1, Math.min(3000, count / rows) + 1);
    int rank = random.nextInt(1, 4);
    return switch (random.nextInt(6)) {
      case 0 ->
          new Elements.Product(
              matrix(rows, rank), matrix(rank, columns), start(rows * columns), count);
      case 1 -> {
        long a = divisor(rows);
        long b = divisor(columns);
        yield new Elements.Kronecker(
            matrix(a, b), matrix(rows / a, columns / b), start(rows * columns), count);
      }
      case 2 -> {
        long inner = divisor(columns);
        yield new Elements.Spread(
            matrix(columns / inner, 1), inner, rows, start(rows * columns), count);
      }
      case 3 -> {
        long inner = divisor(columns);
        yield new Elements.Norms(late(values), columns / inner, inner, rows, start(rows * columns));
      }
      case 4 -> mixedRows(rows, columns);
      default -> {
        long inner = divisor(columns);
        yield new Elements.MixedColumns(
            late(values),
            matrix(columns / inner, rank),
            matrix(rank, columns / inner),
            rows,
            inner,
            start(rows * columns));
      }
    };
  }

  private Elements mixedRows(long rows, long columns) {
    long size = divisor(rows);
    long stride = size % 2 == 0 ? divisor(rows / 2) : 1;
    boolean isShort = count < rows * size;
    Matrix blocks =
        random.nextBoolean() && !isShort && size < 9
            ? new Matrix.Rotations(
                source.tensor("blocks", DType.F32, 0, rows / size, size, size),
                0,
                1,
                size,
                random.nextInt(2),
                random.nextBoolean() ? 1 : 0.7,
                random.nextBoolean())
            : matrix(rows, size);
    return new Elements.MixedRows(late(values), blocks, stride, columns, start(rows * columns));
  }

  private long start(long size) {
    return random.nextLong(count - size + 1);
  }

  private long divisor(long number) {
    long divisor = random.nextLong(1, number + 1);
    while (number % divisor != 0) {
      divisor--;
    }
    return divisor;
  }

  private Matrix matrix(long rows, long columns) {
    DType dtype = pick(DTYPES);
    long room = count * 8L * 4 + 64;
    boolean fits = rows * columns * dtype.bits() / 8 <= room;
    return switch (random.nextInt(4)) {
      case 0 -> new Matrix.Transposed(storedMatrix(fits ? dtype : DType.F8_E5M2, columns, rows));
      case 1 -> new Matrix.Times(storedMatrix(dtype, rows, 1), storedMatrix(dtype, 1, columns));
      case 2 -> {
        long inner = divisor(columns);
        yield rows * 2 * inner > count || columns / inner * 2 > count
            ? storedMatrix(dtype, rows, columns)
            : new Matrix.Contracted(
                storedMatrix(dtype, rows, 2 * inner),
                storedMatrix(dtype, 2, columns / inner),
                inner);
      }
      default -> storedMatrix(dtype, rows, columns);
    };
  }

  private Matrix storedMatrix(DType dtype, long rows, long columns) {
    long bytes = rows * columns * dtype.bits() / 8;
    long room = count * 8L * 4 + 64;
    DType fitting = bytes <= room ? dtype : DType.F8_E5M2;
    long offset = bytes <= room ? random.nextLong(room - bytes + 1) : 0;
    return new Matrix.Stored(
        source.tensor("matrix", fitting, offset, rows, columns), rows, columns);
  }

  private Bits newBits() {
    return switch (random.nextInt(11)) {
      case 10 -> new Bits.First(late(masks), Scalar.constant(random.nextInt(count + 2) - 1));
      case 0, 1 -> new Bits.Compare(pick(Bits.Comparison.values()), late(values), late(numbers));
      case 2 -> new Bits.HasSign(late(values), late(numbers));
      case 3, 4 -> new Bits.Binary(pick(Bits.Operator.values()), late(masks), pick(masks));
      case 5 -> new Bits.Constant(random.nextBoolean(), count);
      case 6 -> new Bits.Quarter(draw(), random.nextInt(4), count);
      case 7 -> {
        long to = random.nextLong(count + 1);
        yield new Bits.Range(random.nextLong(to + 1), to, count);
      }
      default ->
          new Bits.Keep(
              draw(), random.nextInt(8) == 0 ? random.nextInt(2) : random.nextDouble(), count);
    };
  }

  private Scalar newNumber() {
    return switch (random.nextInt(9)) {
      case 8 ->
          random.nextBoolean()
              ? new Scalar.Ranked(late(values), random.nextInt(count))
              : new Scalar.Greatest(late(values), random.nextDouble());
      case 0, 1 -> new Scalar.Statistic(pick(Scalar.Reduction.values()), late(values));
      case 2 -> new Scalar.Dot(late(values), pick(values));
      case 3 ->
          new Scalar.Quantile(
              late(values),
              random.nextDouble(),
              pick(QuantileRule.values()),
              Math.max(count / random.nextInt(1, 6), 1));
      case 4 -> Scalar.norm(late(values));
      case 5 -> new Scalar.Count(late(masks));
      case 6 ->
          new Scalar.Computed(
              Function.SLERP_LATER, List.of(late(numbers), pick(numbers), pick(numbers)));
      default ->
          new Scalar.Computed(
              pick(
                  List.of(
                      Function.ADD,
                      Function.SUBTRACT,
                      Function.MULTIPLY,
                      Function.DIVIDE,
                      Function.SCALE,
                      Function.MATCHED_NORM,
                      Function.IF_ZERO)),
              List.of(late(numbers), pick(numbers)));
    };
  }

  private Scalar newSum() {
    return random.nextBoolean()
        ? new Scalar.Count(late(masks))
        : new Scalar.Statistic(
            pick(
                List.of(
                    Scalar.Reduction.SUM,
                    Scalar.Reduction.SUM_OF_SIGNS,
                    Scalar.Reduction.SUM_OF_SQUARES,
                    Scalar.Reduction.SUM_OF_MAGNITUDES)),
            late(values));
  }

  private Draw draw() {
    // Two nodes may well draw the same numbers.
    long seed = random.nextInt(2);
    if (random.nextBoolean()) {
      return new Draw.Stateless(seed, "stream", "tensor");
    }
    List<Draw.Prior> before =
        IntStream.range(0, random.nextInt(3))
            .mapToObj(_ -> new Draw.Prior(pick(Draw.Kind.values()), random.nextInt(40)))
            .toList();
    return new Draw.Torch(seed, before);
  }

  private static Elements again(Elements elements) {
    return switch (elements) {
      case Elements.Stored(var tensor) -> new Elements.Stored(tensor);
      case Elements.Blend(var a, var wa, var b, var wb) -> new Elements.Blend(again(a), wa, b, wb);
      case Elements.Binary(var operator, var a, var b) ->
          new Elements.Binary(operator, a, again(b));
      case Elements.WithScalar(var operator, var a, var b) ->
          new Elements.WithScalar(operator, again(a), b);
      case Elements.Constant(var value, var count) -> new Elements.Constant(value, count);
      case Elements.Elected(var terms, var weights, var vote, var whenEven, var take) ->
          new Elements.Elected(
              terms.stream().map(RandomTask::again).toList(), weights, vote, whenEven, take);
      case Elements.RowRanks(var a, var length, var inner, var order) ->
          new Elements.RowRanks(again(a), length, inner, order);
      case Elements.Magnitude(var a) -> new Elements.Magnitude(again(a));
      case Elements.Trimmed(var a, var least) -> new Elements.Trimmed(again(a), least);
      case Elements.Select(var mask, var a, var b) -> new Elements.Select(mask, a, b);
      case Elements.Rounded(var a, var dtype) -> new Elements.Rounded(a, dtype);
      case Elements.RoundedAtRandom(var a, var draws, var dtype) ->
          new Elements.RoundedAtRandom(a, again(draws), dtype);
      case Elements.ByColumn(var a, var first, var b, var later) ->
          new Elements.ByColumn(a, first, again(b), later);
      case Elements.ShiftFirstChannel(var a, var b, var channels, var inner, var divisor) ->
          new Elements.ShiftFirstChannel(a, again(b), channels, inner, divisor);
      case Elements.Product(var left, var right, var start, var count) ->
          new Elements.Product(left, right, start, count);
      case Elements.Kronecker(var a, var b, var start, var count) ->
          new Elements.Kronecker(a, b, start, count);
      case Elements.Spread(var values, var inner, var repeats, var start, var count) ->
          new Elements.Spread(values, inner, repeats, start, count);
      case Elements.Pooled(var pool, var of) ->
          new Elements.Pooled(pool, of.stream().map(each -> again(each)).toList());
      case Elements.Norms(var of, var channels, var inner, var repeats, var start) ->
          new Elements.Norms(again(of), channels, inner, repeats, start);
      case Elements.MixedRows(var a, var blocks, var stride, var columns, var start) ->
          new Elements.MixedRows(again(a), blocks, stride, columns, start);
      case Elements.MixedColumns(var a, var first, var second, var rows, var inner, var start) ->
          new Elements.MixedColumns(again(a), first, second, rows, inner, start);
      case Elements.Mapped(var method, var setting, var inputs, var statistics) ->
          new Elements.Mapped(
              method, setting, List.of(again(inputs.getFirst()), inputs.getLast()), statistics);
      case Elements.Regressed(var models, var grams, var offDiagonal, var rows, var columns) ->
          new Elements.Regressed(models, grams, offDiagonal, rows, columns);
      case Elements.Whole(var method, var setting, var inputs, var draws) ->
          new Elements.Whole(
              method, setting, List.of(inputs.getFirst(), again(inputs.getLast())), draws);
      case Elements.OfLine(var number) -> new Elements.OfLine(number);
      case Elements.Applied(var function, var a) -> new Elements.Applied(function, again(a));
      case Elements.Uniform(var draw, var count) -> new Elements.Uniform(draw, count);
      case Elements.Normal(var draw, var mean, var deviation, var count) ->
          new Elements.Normal(draw, mean, deviation, count);
    };
  }

  private <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private <T> T pick(T[] all) {
    return all[random.nextInt(all.length)];
  }

  /// One of the last, so that expressions grow deep.
  private <T> T late(List<T> all) {
    return all.get(all.size() - 1 - random.nextInt(Math.min(3, all.size())));
  }
}
