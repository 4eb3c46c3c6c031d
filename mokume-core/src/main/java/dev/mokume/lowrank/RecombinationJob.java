package dev.mokume.lowrank;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.internal.linear.FactorSvd;
import dev.mokume.internal.linear.Spectrum;
import dev.mokume.lowrank.RecombinationOptions.Way;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;

/// Makes the factors of one layer of those of several.
final class RecombinationJob implements Job {
  /// Rows and columns that are worked on at a time: as many as [FactorSvd] takes.
  private static final int BLOCK = FactorSvd.BLOCK;

  private final RecombinedLayer layer;
  private final RecombinationOptions options;
  private final DType dtype;
  private final FactorStore store;
  private final Map<String, RecombinationReport.Layer> reports;
  private final Kernels kernels = Kernels.best();

  /// @param dtype of the factors
  /// @param reports takes what is to be told of the layer, by its module; safe for many threads
  RecombinationJob(
      RecombinedLayer layer,
      RecombinationOptions options,
      DType dtype,
      FactorStore store,
      Map<String, RecombinationReport.Layer> reports) {
    this.layer = layer;
    this.options = options;
    this.dtype = dtype;
    this.store = store;
    this.reports = reports;
  }

  @Override
  public String tensor() {
    return layer.first().change().up().name();
  }

  @Override
  public long size() {
    return (long) (rows() + columns()) * layer.rank();
  }

  @Override
  public long leastMemory() {
    return StackedFactors.memory(layer.summands())
        + stored(rows())
        + stored(columns())
        + FactorSvd.memory(rows(), columns(), layer.rank());
  }

  @Override
  public long mostMemory() {
    return leastMemory();
  }

  private long stored(int side) {
    return Math.ceilDiv((long) side * layer.rank() * width(), 64L) * 64;
  }

  private int rows() {
    return layer.first().rows();
  }

  private int columns() {
    return layer.first().columns();
  }

  private int width() {
    return dtype.bits() / Byte.SIZE;
  }

  @Override
  public void run(MemorySegment memory) {
    StackedFactors factors = new StackedFactors(layer.summands(), memory, kernels);
    long at = StackedFactors.memory(layer.summands());
    MemorySegment left = memory.asSlice(at, stored(rows()));
    at += stored(rows());
    MemorySegment right = memory.asSlice(at, stored(columns()));
    at += stored(columns());
    if (options.way() == Way.MEAN_OF_FACTORS) {
      mean(factors, left, right);
    } else if (options.rank().map(choice -> keepsAll(choice, factors.rank())).orElse(true)) {
      stack(factors, left, right);
    } else {
      cut(factors, options.rank().orElseThrow(), memory.asSlice(at), left, right);
    }
  }

  private static boolean keepsAll(RankChoice choice, int rank) {
    return switch (choice) {
      case RankChoice.Fixed(int most) -> rank <= most;
      case RankChoice.Energy _, RankChoice.Above _ -> false;
    };
  }

  /// All of them as they are, the numbers in alpha where one number is enough.
  private void stack(StackedFactors factors, MemorySegment left, MemorySegment right) {
    int rank = factors.rank();
    double common = layer.alpha().isEmpty() ? 1 : factors.common().orElse(1);
    double divisor = common == 0 ? 1 : common;
    Codec codec = kernels.codec(dtype);
    float[] block = new float[BLOCK * Math.max(rank, 1)];
    // Where it is in alpha, that is stored as F32.
    long tooLarge = Float.isFinite((float) (divisor * rank)) ? 0 : 1;
    long nonFinite = 0;
    for (int first = 0; first < rows(); first += BLOCK) {
      int count = Math.min(BLOCK, rows() - first);
      factors.left(first, count, divisor, block);
      tooLarge += kernels.reductions().countNonFinite(block, count * rank);
      nonFinite += codec.encode(block, left, (long) first * rank * width(), count * rank);
    }
    for (int k = 0; k < rank; k++) {
      for (int first = 0; first < columns(); first += BLOCK) {
        int count = Math.min(BLOCK, columns() - first);
        factors.right(k, first, count, block);
        nonFinite += codec.encode(block, right, ((long) k * columns() + first) * width(), count);
      }
    }
    requireNotTooLarge(tooLarge);
    put(rank, divisor * rank, left, right, nonFinite);
    report(rank, 0);
  }

  private void cut(
      StackedFactors factors,
      RankChoice choice,
      MemorySegment memory,
      MemorySegment left,
      MemorySegment right) {
    int rank = factors.rank();
    FactorSvd svd = new FactorSvd(rows(), columns(), rank, memory, kernels);
    float[] block = new float[BLOCK * rank];
    long tooLarge = 0;
    for (int first = 0; first < rows(); first += BLOCK) {
      int count = Math.min(BLOCK, rows() - first);
      factors.left(first, count, 1, block);
      tooLarge += kernels.reductions().countNonFinite(block, count * rank);
      svd.setLeft(first / BLOCK, block);
    }
    requireNotTooLarge(tooLarge);
    float[] line = new float[BLOCK];
    for (int first = 0; first < columns(); first += BLOCK) {
      int count = Math.min(BLOCK, columns() - first);
      for (int k = 0; k < rank; k++) {
        factors.right(k, first, count, line);
        for (int j = 0; j < count; j++) {
          block[j * rank + k] = line[j];
        }
      }
      svd.setRight(first / BLOCK, block);
    }
    Spectrum spectrum = svd.decompose();
    double whole = spectrum.squares(spectrum.rank());
    int kept =
        switch (choice) {
          case RankChoice.Fixed(int most) -> Math.min(most, spectrum.rank());
          case RankChoice.Energy(double share, int most) -> spectrum.rank(share, whole, most);
          case RankChoice.Above(double limit, int most) -> spectrum.rankAbove(limit, most);
        };
    // A product of nothing still needs a column.
    int stored = Math.max(1, kept);
    long nonFinite = 0;
    if (kept > 0) {
      nonFinite = svd.factors(spectrum, kept, kernels.codec(dtype), width(), left, right);
    } else {
      left.fill((byte) 0);
      right.fill((byte) 0);
    }
    put(stored, stored, left, right, nonFinite);
    report(stored, whole == 0 ? 0 : Math.sqrt(Math.max(0, 1 - spectrum.squares(kept) / whole)));
  }

  /// The weights add up to 1 already, and the ranks are alike.
  private void mean(StackedFactors factors, MemorySegment left, MemorySegment right) {
    int rank = layer.first().rank();
    int count = layer.summands().size();
    Codec codec = kernels.codec(dtype);
    float[] stacked = new float[BLOCK * factors.rank()];
    float[] sum = new float[BLOCK * rank];
    long tooLarge = 0;
    long nonFinite = 0;
    for (int first = 0; first < rows(); first += BLOCK) {
      int height = Math.min(BLOCK, rows() - first);
      factors.left(first, height, 1, stacked);
      for (int i = 0; i < height; i++) {
        for (int k = 0; k < rank; k++) {
          float element = 0;
          for (int part = 0; part < count; part++) {
            element += stacked[i * factors.rank() + part * rank + k];
          }
          sum[i * rank + k] = element;
        }
      }
      tooLarge += kernels.reductions().countNonFinite(sum, height * rank);
      nonFinite += codec.encode(sum, left, (long) first * rank * width(), height * rank);
    }
    float[] line = new float[BLOCK];
    float[] mean = new float[BLOCK];
    for (int k = 0; k < rank; k++) {
      for (int first = 0; first < columns(); first += BLOCK) {
        int length = Math.min(BLOCK, columns() - first);
        java.util.Arrays.fill(mean, 0);
        for (int part = 0; part < count; part++) {
          factors.right(part * rank + k, first, length, line);
          float weight = (float) layer.summands().get(part).weight();
          kernels.arithmetic().blend(mean, 1, line, weight, mean, length);
        }
        tooLarge += kernels.reductions().countNonFinite(mean, length);
        nonFinite += codec.encode(mean, right, ((long) k * columns() + first) * width(), length);
      }
    }
    requireNotTooLarge(tooLarge);
    put(rank, rank, left, right, nonFinite);
    report(rank, 0);
  }

  private void put(
      int rank, double alpha, MemorySegment left, MemorySegment right, long nonFinite) {
    requireFinite(nonFinite);
    Summand first = layer.first();
    store.put(
        new TensorSpec(first.change().up().name(), dtype, first.upShape(rank)),
        left.asSlice(0, (long) rows() * rank * width()));
    store.put(
        new TensorSpec(first.change().down().name(), dtype, first.downShape(rank)),
        right.asSlice(0, (long) columns() * rank * width()));
    if (!layer.alpha().isEmpty()) {
      store.put(new TensorSpec(layer.alpha(), DType.F32, Shape.of()), (float) alpha);
    }
  }

  private void requireFinite(long nonFinite) {
    if (dtype.equals(DType.F32)) {
      requireNotTooLarge(nonFinite);
    }
    if (nonFinite > 0) {
      throw new MokumeException(
          ErrorCode.NON_FINITE_WEIGHTS,
          "the factors of module %s would have %s NaN or infinite: they do not fit %s. Choose F32 for them (--dtype f32)."
              .formatted(
                  Quoted.name(layer.module()),
                  Amount.count(nonFinite, "number that is", "numbers that are"),
                  dtype));
    }
  }

  /// What no choice of a dtype helps: it is computed in f32.
  private void requireNotTooLarge(long nonFinite) {
    if (nonFinite == 0) {
      return;
    }
    Summand largest =
        Collections.max(
            layer.summands(), Comparator.comparingDouble(summand -> Math.abs(summand.factor())));
    double weight = largest.weight();
    double scale = largest.change().scale();
    throw new MokumeException(
        ErrorCode.NON_FINITE_WEIGHTS,
        "%s: the factors of module %s are too large for f32 with %s."
            .formatted(
                largest.change().up().source().name(),
                Quoted.name(layer.module()),
                Math.abs(weight) > Math.abs(scale)
                    ? "a weight of " + weight + "; choose a smaller one"
                    : "its alpha / rank, which is " + scale + "; use a sound copy of that LoRA"));
  }

  private void report(int rank, double relativeError) {
    reports.put(
        layer.module(),
        new RecombinationReport.Layer(layer.module(), layer.rank(), rank, relativeError));
  }
}
