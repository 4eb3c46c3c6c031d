package dev.mokume.internal.engine;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Gram;
import dev.mokume.expression.Matrix;
import dev.mokume.expression.PerLine;
import dev.mokume.expression.Pool;
import dev.mokume.expression.QuantileRule;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Scalar.Reduction;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.internal.linear.ElementSource;
import dev.mokume.internal.linear.GramRegression;
import dev.mokume.internal.random.Pcg64;
import dev.mokume.internal.random.RandomKey;
import dev.mokume.internal.random.TorchGenerator;
import dev.mokume.internal.random.TorchNormal;
import dev.mokume.plugin.RandomNumbers;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.WholeTensor;
import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// What an expression comes to, by the book and in the plainest way: whole arrays, one element
/// after the other, quantiles by sorting, draws one at a time. No tiles, no passes, no threads.
final class ReferenceEvaluator {
  private static final int BLOCK = 4096;
  private static final int LANES = 16;

  private final Map<Elements, float[]> values = new IdentityHashMap<>();
  private final Map<Bits, boolean[]> masks = new IdentityHashMap<>();
  private final Map<Scalar, Double> numbers = new IdentityHashMap<>();

  float[] of(Elements elements) {
    float[] known = values.get(elements);
    if (known == null) {
      known = compute(elements);
      values.put(elements, known);
    }
    return known;
  }

  boolean[] of(Bits bits) {
    boolean[] known = masks.get(bits);
    if (known == null) {
      known = compute(bits);
      masks.put(bits, known);
    }
    return known;
  }

  double of(Scalar scalar) {
    Double known = numbers.get(scalar);
    if (known == null) {
      known = compute(scalar);
      numbers.put(scalar, known);
    }
    return known;
  }

  /// The bytes that values are stored as.
  static byte[] encode(float[] values, DType dtype) {
    long length = dtype.packing().bytes(values.length);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(Math.max(1, length));
      Kernels.scalar().codec(dtype).encode(values, bytes, 0, values.length);
      return bytes.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /// Bit `i & 7` of byte `i >> 3` is element i's.
  static byte[] pack(boolean[] bits) {
    byte[] packed = new byte[(bits.length + 7) / 8];
    for (int i = 0; i < bits.length; i++) {
      packed[i >> 3] |= (byte) ((bits[i] ? 1 : 0) << (i & 7));
    }
    return packed;
  }

  static byte[] bytes(StoredTensor tensor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes =
          arena.allocate(Math.max(1, tensor.length())).asSlice(0, tensor.length());
      tensor.source().read(tensor.offset(), bytes);
      return bytes.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  static float[] decode(byte[] stored, DType dtype) {
    float[] values =
        new float[stored.length / dtype.packing().bytes() * dtype.packing().elements()];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(Math.max(1, stored.length));
      MemorySegment.copy(MemorySegment.ofArray(stored), 0, bytes, 0, stored.length);
      Kernels.scalar().codec(dtype).decode(bytes, 0, values, values.length);
    }
    return values;
  }

  private interface Element {
    float at(int i);
  }

  private static float[] each(long count, Element element) {
    float[] result = new float[(int) count];
    for (int i = 0; i < result.length; i++) {
      result[i] = element.at(i);
    }
    return result;
  }

  private float[] compute(Elements elements) {
    long count = elements.count();
    return switch (elements) {
      case Elements.Stored(var tensor) -> decode(bytes(tensor), tensor.spec().dtype());
      case Elements.Blend(var a, var weightA, var b, var weightB) -> {
        float[] x = of(a);
        float[] y = of(b);
        float wx = (float) of(weightA);
        float wy = (float) of(weightB);
        yield each(
            count,
            i -> {
              float left = wx * x[i];
              float right = wy * y[i];
              return left + right;
            });
      }
      case Elements.Binary(var operator, var a, var b) -> {
        float[] x = of(a);
        float[] y = of(b);
        yield each(count, i -> apply(operator, x[i], y[i]));
      }
      case Elements.WithScalar(var operator, var a, var b) -> {
        float[] x = of(a);
        float y = (float) of(b);
        yield each(count, i -> apply(operator, x[i], y));
      }
      case Elements.Magnitude(var a) -> {
        float[] x = of(a);
        yield each(count, i -> Math.abs(x[i]));
      }
      case Elements.Trimmed(var a, var least) -> {
        float[] x = of(a);
        float limit = (float) of(least);
        yield each(count, i -> Math.abs(x[i]) < limit ? 0 : x[i]);
      }
      case Elements.Select(var mask, var whenSet, var whenClear) -> {
        boolean[] set = of(mask);
        float[] x = of(whenSet);
        float[] y = of(whenClear);
        yield each(count, i -> set[i] ? x[i] : y[i]);
      }
      case Elements.Constant(var value, _) -> each(count, _ -> value);
      case Elements.Elected node -> each(count, i -> elected(node, i));
      // Unstable orders have a test of their own.
      case Elements.RowRanks(var a, var length, var inner, _) -> rowRanks(of(a), length, inner);
      case Elements.Rounded(var a, var dtype) -> decode(encode(of(a), dtype), dtype);
      case Elements.RoundedAtRandom(var a, var draws, var dtype) -> {
        float[] x = of(a);
        float[] drawn = of(draws);
        float[] all = allOf(dtype);
        yield each(count, i -> roundedAtRandom(x[i], drawn[i], all));
      }
      case Elements.ByColumn(var a, var first, var b, var later) -> {
        float[] x = of(a);
        float[] y = of(b);
        yield each(
            count,
            i -> {
              float s = first.get(i % first.size());
              float t = later.get(i % later.size());
              return t == 0 ? x[i] : s == 0 ? y[i] : x[i] * s + y[i] * t;
            });
      }
      case Elements.ShiftFirstChannel node -> shifted(node);
      case Elements.Product(var left, var right, var start, _) ->
          placed(times(of(left), of(right), (int) left.columns()), start, count);
      case Elements.Kronecker(var a, var b, var start, _) -> placed(kronecker(a, b), start, count);
      case Elements.Pooled(var pool, var of) -> {
        List<float[]> all = of.stream().map(this::of).toList();
        yield each(count, i -> pooled(pool, all.stream().map(values -> values[i]).toList()));
      }
      case Elements.Spread(var numbers, var inner, var repeats, var start, _) -> {
        float[] spread = of(numbers);
        yield placed(
            each(spread.length * inner * repeats, i -> spread[(int) (i / inner % spread.length)]),
            start,
            count);
      }
      case Elements.Norms(var x, var channels, var inner, var repeats, var start) -> {
        float[] values = of(x);
        int size = (int) (channels * inner * repeats);
        double[] squares = new double[(int) channels];
        for (int i = 0; i < size; i++) {
          double value = values[(int) start + i];
          squares[(int) (i / inner % channels)] += value * value;
        }
        yield placed(
            each(size, i -> (float) Math.sqrt(squares[(int) (i / inner % channels)])),
            start,
            count);
      }
      case Elements.MixedRows node -> mixedRows(node);
      case Elements.MixedColumns(var a, var first, var second, var rows, var inner, var start) -> {
        float[] all = of(a);
        int columns = (int) (first.rows() * inner);
        float[] result = new float[(int) count];
        for (int row = 0; row < rows; row++) {
          for (int k = 0; k < inner; k++) {
            float[] values = new float[(int) first.rows()];
            int from = (int) start + row * columns + k;
            for (int i = 0; i < values.length; i++) {
              values[i] = all[from + i * (int) inner];
            }
            float[] mixed =
                times(times(values, of(first), values.length), of(second), (int) first.columns());
            for (int i = 0; i < values.length; i++) {
              result[from + i * (int) inner] = mixed[i];
            }
          }
        }
        yield result;
      }
      case Elements.Mapped(var method, var setting, var inputs, var statistics) -> {
        float[][] operands = inputs.stream().map(this::of).toArray(float[][]::new);
        float[] result = new float[(int) count];
        method
            .kernel(setting, statistics.stream().mapToDouble(this::of).toArray())
            .apply(operands, result, 0, result.length);
        yield result;
      }
      case Elements.Whole whole -> whole(whole);
      case Elements.Regressed regressed -> regressed(regressed);
      case Elements.OfLine(var number) -> {
        double[] numbers = of(number);
        yield each(count, i -> (float) numbers[number.lines().of(i)]);
      }
      case Elements.Applied(var function, var a) -> {
        float[] x = of(a);
        yield each(
            count,
            i ->
                (float)
                    switch (function) {
                      case EXPONENTIAL -> StrictMath.exp(x[i]);
                      case LOGARITHM -> StrictMath.log(x[i]);
                    });
      }
      case Elements.Uniform(var draw, _) -> uniform(draw, (int) count);
      case Elements.Normal(var draw, var mean, var deviation, _) ->
          normal(draw, mean, deviation, (int) count);
    };
  }

  private float[] regressed(Elements.Regressed regressed) {
    List<ElementSource> models = new ArrayList<>();
    regressed.models().forEach(model -> models.add(source(of(model))));
    List<GramRegression.Gram> grams = new ArrayList<>();
    for (Gram gram : regressed.grams()) {
      StoredTensor tensor = gram.tensor();
      float[] values = decode(bytes(tensor), tensor.spec().dtype());
      grams.add(new GramRegression.Gram(source(values), gram.weight()));
    }
    float[] result = new float[(int) regressed.count()];
    try (Arena arena = Arena.ofConfined()) {
      GramRegression solver =
          new GramRegression(
              regressed.rows(),
              regressed.columns(),
              models,
              grams,
              regressed.offDiagonal(),
              arena.allocate(GramRegression.bytes(regressed.rows(), regressed.columns()), 64),
              Kernels.scalar(),
              _ -> {});
      solver
          .factor()
          .ifPresent(flaw -> {
            throw new IllegalArgumentException(flaw.toString());
          });
      solver.solve(
          (first, values, count) -> System.arraycopy(values, 0, result, (int) first, count));
    }
    return result;
  }

  private static ElementSource source(float[] values) {
    return (first, into, count) -> System.arraycopy(values, (int) first, into, 0, count);
  }

  private float[] whole(Elements.Whole whole) {
    List<WholeTensor> inputs =
        whole.inputs().stream()
            .map(input -> WholeTensor.of(whole.setting().shape(), of(input)))
            .toList();
    float[] result = new float[(int) whole.count()];
    WholeTensor output = WholeTensor.of(whole.setting().shape(), result);
    whole
        .method()
        .apply(
            new TensorCall() {
              @Override
              public Setting setting() {
                return whole.setting();
              }

              @Override
              public WholeTensor input(int number) {
                return inputs.get(number);
              }

              @Override
              public WholeTensor output() {
                return output;
              }

              @Override
              public RandomNumbers random(int stream, long count) {
                return numbers(whole.draws().get(stream), (int) count);
              }
            });
    return result;
  }

  private RandomNumbers numbers(Draw draw, int count) {
    return new RandomNumbers() {
      private int next;

      @Override
      public void uniform(float[] out, int wanted) {
        System.arraycopy(ReferenceEvaluator.uniform(draw, count), next, out, 0, wanted);
        next += wanted;
      }

      @Override
      public void normal(float[] out, int wanted) {
        System.arraycopy(ReferenceEvaluator.normal(draw, 0, 1, count), next, out, 0, wanted);
        next += wanted;
      }
    };
  }

  private double[] of(PerLine numbers) {
    return switch (numbers) {
      case PerLine.Statistic(var reduction, var of, var lines) -> {
        float[] x = of(of);
        List<List<Float>> ofLine = new ArrayList<>();
        for (int line = 0; line < lines.count(); line++) {
          ofLine.add(new ArrayList<>());
        }
        for (int i = 0; i < x.length; i++) {
          ofLine.get(lines.of(i)).add(x[i]);
        }
        yield ofLine.stream().mapToDouble(line -> reduced(reduction, line)).toArray();
      }
      case PerLine.Computed(var formula, var arguments) -> {
        List<double[]> all = arguments.stream().map(this::of).toList();
        double[] result = new double[all.getFirst().length];
        for (int line = 0; line < result.length; line++) {
          int here = line;
          result[line] = formula.apply(all.stream().mapToDouble(x -> x[here]).toArray());
        }
        yield result;
      }
    };
  }

  private static double reduced(PerLine.Reduction reduction, List<Float> x) {
    double sum = 0;
    double greatest = Double.NEGATIVE_INFINITY;
    for (float value : x) {
      switch (reduction) {
        case SUM -> sum += value;
        case SUM_IN_BF16 ->
            sum = decode(encode(new float[] {(float) sum + value}, DType.BF16), DType.BF16)[0];
        case LOG_SUM_EXP -> {
          if (value > greatest) {
            sum = sum * StrictMath.exp(greatest - value) + 1;
            greatest = value;
          } else {
            sum += StrictMath.exp(value - greatest);
          }
        }
      }
    }
    return reduction == PerLine.Reduction.LOG_SUM_EXP ? greatest + StrictMath.log(sum) : sum;
  }

  private float elected(Elements.Elected node, int i) {
    float sum = 0;
    int balance = 0;
    for (Elements term : node.terms()) {
      float x = of(term)[i];
      sum += x;
      balance += x > 0 ? 1 : x < 0 ? -1 : 0;
    }
    float vote = node.vote() == Elements.Elected.Vote.SUM ? sum : balance;
    boolean plus = vote > 0 || vote == 0 && of(node.whenEven()) >= 0;
    float value = 0;
    float weight = 0;
    for (int t = 0; t < node.terms().size(); t++) {
      float x = of(node.terms().get(t))[i];
      if (plus && x > 0 || !plus && x < 0) {
        value += x;
        weight += (float) of(node.weights().get(t));
      }
    }
    return switch (node.take()) {
      case SUM -> value;
      case WEIGHT -> weight == 0 ? 1 : weight;
      case MEAN -> weight == 0 ? value : value / weight;
    };
  }

  private static float[] rowRanks(float[] x, int length, int inner) {
    float[] result = new float[x.length];
    for (int row = 0; row < x.length / length; row++) {
      int from = row / inner * length * inner + row % inner;
      List<Integer> order =
          IntStream.range(0, length)
              .mapToObj(i -> from + i * inner)
              .sorted(Comparator.<Integer, Float>comparing(i -> Math.abs(x[i])))
              .toList();
      for (int rank = 0; rank < length; rank++) {
        result[order.get(rank)] = length == 1 ? 0.5f : rank / (float) (length - 1);
      }
    }
    return result;
  }

  /// The finite magnitudes of an 8-bit float, in order.
  private static float[] allOf(DType dtype) {
    byte[] codes = new byte[128];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) i;
    }
    float[] all = decode(codes, dtype);
    int finite = 0;
    while (finite < all.length && Float.isFinite(all[finite])) {
      finite++;
    }
    return Arrays.copyOf(all, finite);
  }

  private static float roundedAtRandom(float x, float draw, float[] all) {
    float magnitude = Math.abs(x);
    if (!(magnitude <= all[all.length - 1])) {
      return x;
    }
    int at = Arrays.binarySearch(all, magnitude);
    if (at >= 0) {
      return x;
    }
    double below = all[-at - 2];
    double above = all[-at - 1];
    double way = (magnitude - below) / (above - below);
    return Math.copySign((float) (draw < way ? above : below), x);
  }

  private static float apply(Elements.Operator operator, float a, float b) {
    return switch (operator) {
      case ADD -> a + b;
      case SUBTRACT -> a - b;
      case MULTIPLY -> a * b;
      case DIVIDE -> a / b;
    };
  }

  private static float pooled(Pool pool, List<Float> numbers) {
    return switch (pool) {
      case Pool.WeightedMean(var weights) -> {
        double sum = 0;
        double total = 0;
        for (int i = 0; i < numbers.size(); i++) {
          sum += weights.get(i) * numbers.get(i);
          total += weights.get(i);
        }
        yield (float) (sum / total);
      }
      case Pool.TrimmedMean(var cut) -> {
        List<Float> left = numbers.stream().sorted().toList().subList(cut, numbers.size() - cut);
        double sum = 0;
        for (float number : left) {
          sum += number;
        }
        yield numbers.stream().anyMatch(number -> number.isNaN())
            ? Float.NaN
            : (float) (sum / left.size());
      }
    };
  }

  private float[] shifted(Elements.ShiftFirstChannel node) {
    float[] x = of(node.a());
    float[] d = of(node.difference());
    int inner = (int) node.inner();
    int channels = (int) node.channels();
    float[] result = x.clone();
    for (int outer = 0; outer < x.length / (channels * inner); outer++) {
      for (int i = 0; i < inner; i++) {
        int first = outer * channels * inner + i;
        double squares = 0;
        for (int c = 0; c < channels; c++) {
          squares += (double) d[first + c * inner] * d[first + c * inner];
        }
        result[first] = x[first] + (float) Math.sqrt(squares) / node.divisor();
      }
    }
    return result;
  }

  private static float[] placed(float[] values, long start, long count) {
    float[] result = new float[(int) count];
    System.arraycopy(values, 0, result, (int) start, values.length);
    return result;
  }

  private static float[] times(float[] a, float[] b, int shared) {
    int rows = a.length / shared;
    int columns = b.length / shared;
    float[] result = new float[rows * columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        float sum = a[i * shared] * b[j];
        for (int r = 1; r < shared; r++) {
          float product = a[i * shared + r] * b[r * columns + j];
          sum += product;
        }
        result[i * columns + j] = sum;
      }
    }
    return result;
  }

  private float[] kronecker(Matrix a, Matrix b) {
    float[] x = of(a);
    float[] y = of(b);
    int columns = (int) (a.columns() * b.columns());
    float[] result = new float[x.length * y.length];
    for (int i = 0; i < x.length; i++) {
      for (int k = 0; k < y.length; k++) {
        int row = (int) (i / a.columns() * b.rows() + k / b.columns());
        int column = (int) (i % a.columns() * b.columns() + k % b.columns());
        result[row * columns + column] = x[i] * y[k];
      }
    }
    return result;
  }

  private float[] mixedRows(Elements.MixedRows node) {
    float[] all = of(node.a());
    float[] blocks = of(node.blocks());
    int size = (int) node.blocks().columns();
    int columns = (int) node.columns();
    List<Integer> order = shuffled((int) node.blocks().rows(), (int) node.stride());
    float[] result = all.clone();
    for (int place = 0; place < order.size(); place++) {
      for (int column = 0; column < columns; column++) {
        float sum = 0;
        for (int i = 0; i < size; i++) {
          int other = order.get(place / size * size + i);
          float product =
              blocks[place * size + i] * all[(int) node.start() + other * columns + column];
          sum = i == 0 ? product : sum + product;
        }
        result[(int) node.start() + order.get(place) * columns + column] = sum;
      }
    }
    return result;
  }

  /// The rows in the order in which they are grouped.
  private static List<Integer> shuffled(int rows, int stride) {
    List<Integer> order = new ArrayList<>();
    if (stride == 1) {
      IntStream.range(0, rows).forEach(order::add);
      return order;
    }
    for (int pair = 0; pair < rows; pair += 2 * stride) {
      for (int i = 0; i < stride; i++) {
        order.add(pair + i);
        order.add(pair + stride + i);
      }
    }
    return order;
  }

  private float[] of(Matrix matrix) {
    return switch (matrix) {
      case Matrix.Stored(var tensor, _, _) -> decode(bytes(tensor), tensor.spec().dtype());
      case Matrix.Transposed(var of) -> {
        float[] x = of(of);
        int rows = (int) matrix.rows();
        int columns = (int) matrix.columns();
        yield each(x.length, i -> x[i % columns * rows + i / columns]);
      }
      case Matrix.Times(var a, var b) -> times(of(a), of(b), (int) a.columns());
      case Matrix.Contracted(var core, var factor, var inner) -> {
        float[] x = of(core);
        float[] y = of(factor);
        int shared = (int) factor.rows();
        int rank = (int) factor.columns();
        int width = (int) inner;
        yield each(
            matrix.rows() * matrix.columns(),
            at -> {
              int i = at / (rank * width);
              int r = at / width % rank;
              int k = at % width;
              float sum = x[i * shared * width + k] * y[r];
              for (int j = 1; j < shared; j++) {
                float product = x[(i * shared + j) * width + k] * y[j * rank + r];
                sum += product;
              }
              return sum;
            });
      }
      // How it is turned is MatrixReadingTest's; here it only has to reach where it is used.
      case Matrix.Rotations rotations -> {
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment into = arena.allocate(4 * rotations.rows() * rotations.columns());
          Worker worker =
              new Worker(0, Kernels.scalar(), () -> arena.allocate(64 << 10), () -> false, _ -> {});
          new MatrixReading(worker).into(rotations, into);
          yield into.toArray(ValueLayout.JAVA_FLOAT);
        }
      }
    };
  }

  private boolean[] compute(Bits bits) {
    int count = (int) bits.count();
    boolean[] result = new boolean[count];
    switch (bits) {
      case Bits.Stored(var tensor, _) -> {
        byte[] packed = bytes(tensor);
        for (int i = 0; i < count; i++) {
          result[i] = (packed[i >> 3] >> (i & 7) & 1) == 1;
        }
      }
      case Bits.NonZeroBytes(var tensor) -> {
        byte[] bytes = bytes(tensor);
        for (int i = 0; i < count; i++) {
          result[i] = bytes[i] != 0;
        }
      }
      case Bits.Constant(var value, _) -> Arrays.fill(result, value);
      case Bits.Range(var from, var to, _) -> Arrays.fill(result, (int) from, (int) to, true);
      case Bits.Keep(var draw, var probability, _) -> keep(draw, probability, result);
      case Bits.Quarter(var draw, var quarter, _) -> quarter(draw, quarter, result);
      case Bits.Compare(var comparison, var a, var threshold) -> {
        float[] x = of(a);
        float limit = (float) of(threshold);
        for (int i = 0; i < count; i++) {
          result[i] =
              switch (comparison) {
                case LESS -> x[i] < limit;
                case AT_LEAST -> x[i] >= limit;
                case GREATER -> x[i] > limit;
              };
        }
      }
      case Bits.HasSign(var a, var sign) -> {
        float[] x = of(a);
        boolean plus = of(sign) >= 0;
        for (int i = 0; i < count; i++) {
          result[i] = plus ? x[i] > 0 : x[i] < 0;
        }
      }
      case Bits.First(var of, var limit) -> {
        boolean[] x = of(of);
        double left = of(limit);
        for (int i = 0; i < count; i++) {
          result[i] = x[i] && left >= 1;
          left -= x[i] ? 1 : 0;
        }
      }
      case Bits.Binary(var operator, var a, var b) -> {
        boolean[] x = of(a);
        boolean[] y = of(b);
        for (int i = 0; i < count; i++) {
          result[i] =
              switch (operator) {
                case AND -> x[i] && y[i];
                case OR -> x[i] || y[i];
                case XOR -> x[i] != y[i];
                case AND_NOT -> x[i] && !y[i];
              };
        }
      }
    }
    return result;
  }

  private double compute(Scalar scalar) {
    return switch (scalar) {
      case Scalar.Constant(var value) -> value;
      case Scalar.Statistic(var reduction, var elements) -> reduce(reduction, of(elements));
      case Scalar.Dot(var a, var b) -> {
        float[] x = of(a);
        float[] y = of(b);
        yield sum(x.length, i -> (double) x[i] * y[i]);
      }
      case Scalar.Count(var bits) -> {
        boolean[] set = of(bits);
        yield IntStream.range(0, set.length).filter(i -> set[i]).count();
      }
      case Scalar.Sampled(Scalar.Statistic(var reduction, var elements), var sample) -> {
        float[] x = of(elements).clone();
        for (int i = 0; i < x.length; i++) {
          x[i] = sample.has(i) ? x[i] : 0;
        }
        yield reduce(reduction, x);
      }
      case Scalar.Sampled(Scalar.Count(var bits), var sample) -> {
        boolean[] set = of(bits);
        yield IntStream.range(0, set.length).filter(i -> set[i] && sample.has(i)).count();
      }
      case Scalar.Sampled _ -> throw new IllegalArgumentException("no sum: " + scalar);
      case Scalar.Quantile(var elements, var q, var rule, var chunk) ->
          quantile(of(elements), q, rule, chunk);
      case Scalar.Measured(var of) -> of(of);
      // Numbers over several tensors have tests of their own.
      case Scalar.RankedAmong _, Scalar.Share _ ->
          throw new IllegalArgumentException("not of one tensor: " + scalar);
      case Scalar.Ranked(var elements, var rank) -> {
        float[] x = of(elements);
        yield sortedMagnitudes(x, 0, x.length)[(int) rank];
      }
      case Scalar.Greatest(var elements, var share) -> {
        float[] x = of(elements);
        int zeros = 0;
        for (float value : x) {
          zeros += value == 0 ? 1 : 0;
        }
        int wanted = (int) (share * (x.length - zeros));
        yield wanted == 0
            ? Double.POSITIVE_INFINITY
            : sortedMagnitudes(x, 0, x.length)[x.length - wanted];
      }
      case Scalar.Computed(var function, var arguments) ->
          function.apply(arguments.stream().mapToDouble(this::of).toArray());
    };
  }

  private static double reduce(Reduction reduction, float[] x) {
    return switch (reduction) {
      case SUM -> sum(x.length, i -> x[i]);
      case SUM_OF_SIGNS -> sum(x.length, i -> x[i] > 0 ? 1 : x[i] < 0 ? -1 : 0);
      case SUM_OF_SQUARES -> sum(x.length, i -> (double) x[i] * x[i]);
      case SUM_OF_MAGNITUDES -> sum(x.length, i -> Math.abs(x[i]));
      case MIN ->
          IntStream.range(0, x.length)
              .mapToDouble(i -> x[i])
              .reduce(Double.POSITIVE_INFINITY, Math::min);
      case MAX ->
          IntStream.range(0, x.length)
              .mapToDouble(i -> x[i])
              .reduce(Double.NEGATIVE_INFINITY, Math::max);
    };
  }

  /// Blocks of 4,096 by index; in each, 16 lanes in index order, combined 8+8, 4+4, 2+2, 1+1;
  /// blocks added pairwise.
  private static double sum(int count, java.util.function.IntToDoubleFunction term) {
    double[] blocks = new double[(count + BLOCK - 1) / BLOCK];
    for (int block = 0; block < blocks.length; block++) {
      double[] lanes = new double[LANES];
      for (int i = block * BLOCK; i < Math.min(count, (block + 1) * BLOCK); i++) {
        lanes[i % LANES] += term.applyAsDouble(i);
      }
      for (int width = LANES / 2; width >= 1; width /= 2) {
        for (int lane = 0; lane < width; lane++) {
          lanes[lane] += lanes[lane + width];
        }
      }
      blocks[block] = lanes[0];
    }
    return pairwise(blocks);
  }

  /// The left half takes the greatest power of two below the length.
  private static double pairwise(double[] blocks) {
    if (blocks.length <= 1) {
      return blocks.length == 0 ? 0 : blocks[0];
    }
    int left = 1;
    while (left * 2 < blocks.length) {
      left *= 2;
    }
    return pairwise(Arrays.copyOfRange(blocks, 0, left))
        + pairwise(Arrays.copyOfRange(blocks, left, blocks.length));
  }

  static double quantile(float[] x, double q, QuantileRule rule, long chunk) {
    if (rule == QuantileRule.EXACT) {
      float[] sorted = sortedMagnitudes(x, 0, x.length);
      double rank = q * (sorted.length - 1);
      float low = sorted[(int) Math.floor(rank)];
      float high = sorted[(int) Math.ceil(rank)];
      return low == high ? low : (float) (low + (rank - Math.floor(rank)) * ((double) high - low));
    }
    int chunks = (int) ((x.length + chunk - 1) / chunk);
    float[] quantiles = new float[chunks];
    for (int c = 0; c < chunks; c++) {
      quantiles[c] =
          torchQuantile(
              sortedMagnitudes(x, (int) (c * chunk), (int) Math.min(x.length, (c + 1) * chunk)), q);
    }
    Arrays.sort(quantiles);
    return rule == QuantileRule.MEDIAN
        ? quantiles[(chunks - 1) / 2]
        : quantiles[Math.clamp((long) (q * chunks), 0, chunks - 1)];
  }

  private static float torchQuantile(float[] sorted, double q) {
    float rank = (float) q * (sorted.length - 1);
    float low = sorted[(int) Math.floor(rank)];
    float high = sorted[(int) Math.ceil(rank)];
    float weight = rank - (float) Math.floor(rank);
    return weight < 0.5f
        ? Math.fma(weight, high - low, low)
        : Math.fma(-(high - low), 1 - weight, high);
  }

  /// NaN last.
  private static float[] sortedMagnitudes(float[] x, int from, int to) {
    float[] sorted = new float[to - from];
    for (int i = from; i < to; i++) {
      sorted[i - from] = Math.abs(x[i]);
    }
    Arrays.sort(sorted);
    return sorted;
  }

  /// 32 bits for element i: the lower or upper half of word i / 2.
  private static long draw(Draw.Stateless draw, int i) {
    long z =
        RandomKey.of(draw.seed(), draw.stream(), draw.tensor()) + (i >> 1) * 0x9E37_79B9_7F4A_7C15L;
    z = (z ^ z >>> 30) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
    z ^= z >>> 31;
    return (i & 1) == 0 ? z & 0xFFFF_FFFFL : z >>> 32;
  }

  private static TorchGenerator generator(Draw.Torch draw) {
    TorchGenerator generator = TorchGenerator.seeded(draw.seed());
    for (Draw.Prior prior : draw.before()) {
      float[] ignored = new float[(int) prior.count()];
      switch (prior.kind()) {
        case WORDS -> generator.uniform(ignored, ignored.length);
        case NORMAL -> generator.normal(0, 1, ignored, ignored.length, TorchNormal.AVX2_FMA);
      }
    }
    return generator;
  }

  private static float[] uniform(Draw draw, int count) {
    float[] result = new float[count];
    switch (draw) {
      case Draw.Stateless stateless -> {
        for (int i = 0; i < count; i++) {
          result[i] = (draw(stateless, i) >> 8) * 0x1p-24f;
        }
      }
      case Draw.Torch torch -> generator(torch).uniform(result, count);
      case Draw.Numpy(var seed, var before) -> {
        Pcg64 generator = Pcg64.seeded(seed);
        generator.skip(before);
        for (int i = 0; i < count; i++) {
          result[i] = (generator.next() >>> 40) * 0x1p-24f;
        }
      }
    }
    return result;
  }

  private static float[] normal(Draw draw, double mean, double deviation, int count) {
    float[] result = new float[count];
    switch (draw) {
      case Draw.Stateless(var seed, var stream, var tensor) -> {
        long key = RandomKey.of(seed, stream, tensor);
        float[] one = new float[1];
        for (int i = 0; i < count; i++) {
          Kernels.scalar().draws().normal(key, i, mean, deviation, one, 1);
          result[i] = one[0];
        }
      }
      case Draw.Torch torch ->
          generator(torch).normal(mean, deviation, result, count, TorchNormal.AVX2_FMA);
      case Draw.Numpy _ -> throw new IllegalArgumentException("not drawn: " + draw);
    }
    return result;
  }

  private static void keep(Draw draw, double probability, boolean[] result) {
    switch (draw) {
      case Draw.Stateless stateless -> {
        for (int i = 0; i < result.length; i++) {
          result[i] = draw(stateless, i) < probability * 0x1p32;
        }
      }
      case Draw.Torch torch -> {
        TorchGenerator generator = generator(torch);
        for (int i = 0; i < result.length; i++) {
          result[i] = generator.bernoulli((float) probability);
        }
      }
      case Draw.Numpy _ -> throw new IllegalArgumentException("not drawn: " + draw);
    }
  }

  private static void quarter(Draw draw, int quarter, boolean[] result) {
    switch (draw) {
      case Draw.Stateless stateless -> {
        for (int i = 0; i < result.length; i++) {
          result[i] = draw(stateless, i) >> 30 == quarter;
        }
      }
      case Draw.Torch torch -> {
        TorchGenerator generator = generator(torch);
        for (int i = 0; i < result.length; i++) {
          result[i] = generator.integer(0, 4) == quarter;
        }
      }
      case Draw.Numpy _ -> throw new IllegalArgumentException("not drawn: " + draw);
    }
  }
}
