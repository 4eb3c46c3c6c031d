package dev.mokume.lowrank;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.internal.linear.RandomisedSvd;
import dev.mokume.internal.linear.RandomisedSvd.Measure;
import dev.mokume.internal.linear.Spectrum;
import dev.mokume.internal.random.RandomKey;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/// Makes the factors of one layer's difference.
final class LayerJob implements Job {
  private static final String STREAM = "lora-extract";

  /// The quantile of their magnitudes that factors are cut to, as by ComfyUI.
  private static final double CUT = 0.98;

  private final Layer layer;
  private final ExtractionOptions options;
  private final FactorStore store;
  private final BooleanSupplier cancelled;
  private final LongConsumer progress;
  private final Map<String, ExtractionReport.Layer> reports;
  private final RandomisedSvd.Plan plan;
  private final int most;
  private final Kernels kernels = Kernels.best();

  /// @param progress told of elements that took part in a product
  /// @param reports takes what is to be told of the layer, by its module; safe for many threads
  LayerJob(
      Layer layer,
      ExtractionOptions options,
      FactorStore store,
      BooleanSupplier cancelled,
      LongConsumer progress,
      Map<String, ExtractionReport.Layer> reports) {
    this.layer = layer;
    this.options = options;
    this.store = store;
    this.cancelled = cancelled;
    this.progress = progress;
    this.reports = reports;
    this.plan = plan(layer, options);
    this.most = most(layer, options);
  }

  static RandomisedSvd.Plan plan(Layer layer, ExtractionOptions options) {
    return RandomisedSvd.Plan.of(
        layer.rows(), layer.columns(), most(layer, options), options.iterations());
  }

  /// The most columns that the factors can have.
  private static int most(Layer layer, ExtractionOptions options) {
    int sides =
        options.layers() == LayerForm.COMFYUI_FACTORS
            ? Math.min(layer.rows(), layer.inputs())
            : Math.min(layer.rows(), layer.columns());
    return Math.min(sides, options.rankOf(layer).most());
  }

  @Override
  public String tensor() {
    return layer.tuned().name();
  }

  @Override
  public long size() {
    return layer.shape().elementCount();
  }

  @Override
  public long leastMemory() {
    return besides() + plan.leastMemory();
  }

  /// With so much the models are read once only.
  @Override
  public long mostMemory() {
    return besides() + plan.mostMemory();
  }

  /// What is needed besides the factorisation: windows of the models, and the stored factors.
  private long besides() {
    return StoredDifference.MEMORY + factor(layer.rows()) + factor(layer.columns());
  }

  private long factor(int side) {
    return Math.ceilDiv((long) side * most * width(), 64L) * 64;
  }

  /// Bytes of a stored element.
  private int width() {
    return options.dtype().bits() / Byte.SIZE;
  }

  @Override
  public void run(MemorySegment memory) {
    reports.put(layer.module(), work(memory));
  }

  private ExtractionReport.Layer work(MemorySegment memory) {
    long up = factor(layer.rows());
    long down = factor(layer.columns());
    StoredDifference difference = new StoredDifference(layer, memory, kernels);
    RandomisedSvd svd =
        new RandomisedSvd(
            plan, difference, memory.asSlice(besides()), kernels, cancelled, progress);
    Measure measure = svd.measure();
    StoredDifference.requireFinite(layer, measure.nonFinite());
    if (measure.squares() == 0) {
      progress.accept(plan.passes() * layer.shape().elementCount());
      return report(0, 0, 0, 1);
    }
    Spectrum spectrum = svd.sketch(RandomKey.of(options.seed(), STREAM, layer.module()));
    int rank =
        switch (options.rankOf(layer)) {
          case RankChoice.Fixed _ -> Math.min(most, spectrum.rank());
          case RankChoice.Energy(double share, int _) ->
              spectrum.rank(share, measure.squares(), most);
          case RankChoice.Above(double limit, int _) -> spectrum.rankAbove(limit, most);
        };
    if (rank == 0) {
      // Differences so small that f32 has no product of them, or that none is above the limit.
      return report(0, Math.sqrt(measure.squares()), Math.sqrt(measure.squares()), 1);
    }
    double squares =
        store(
            svd,
            spectrum,
            rank,
            memory.asSlice(StoredDifference.MEMORY, up),
            memory.asSlice(StoredDifference.MEMORY + up, down));
    return report(rank, Math.sqrt(measure.squares()), Math.sqrt(squares), bestFactor(rank));
  }

  /// How many times the best error is to be expected at most: [RandomisedSvd].
  private double bestFactor(int rank) {
    return plan.isExact() ? 1 : Math.sqrt(1 + rank / (plan.width() - rank - 1.0));
  }

  private double store(
      RandomisedSvd svd, Spectrum spectrum, int rank, MemorySegment up, MemorySegment down) {
    DType dtype = options.dtype();
    MemorySegment left = up.asSlice(0, (long) layer.rows() * rank * width());
    MemorySegment right = down.asSlice(0, (long) layer.columns() * rank * width());
    Codec codec = kernels.codec(dtype);
    long nonFinite =
        switch (options.layers()) {
          case FACTORS, DIFFERENCE -> svd.factors(spectrum, rank, codec, width(), left, right);
          case COMFYUI_FACTORS -> {
            long found = svd.factors(spectrum.onLeft(), rank, codec, width(), left, right);
            svd.cut(rank, CUT, codec, width(), left, right);
            yield found;
          }
        };
    if (nonFinite > 0) {
      throw new MokumeException(
          ErrorCode.NON_FINITE_WEIGHTS,
          "the factors of tensor %s would have %s NaN or infinite: they do not fit %s. Choose F32 or BF16 for them."
              .formatted(
                  Quoted.name(layer.tuned().name()),
                  Amount.count(nonFinite, "number that is", "numbers that are"),
                  dtype));
    }
    FactorNames names = options.names();
    store.put(new TensorSpec(layer.module() + names.up(), dtype, layer.upShape(rank)), left);
    store.put(new TensorSpec(layer.module() + names.down(), dtype, layer.downShape(rank)), right);
    if (names.hasAlpha()) {
      store.put(new TensorSpec(layer.module() + ".alpha", DType.F32, Shape.of()), rank);
    }
    return svd.residual(rank);
  }

  private ExtractionReport.Layer report(int rank, double norm, double error, double bestFactor) {
    return new ExtractionReport.Layer(
        layer.module(),
        layer.tuned().name(),
        layer.component(),
        layer.shape(),
        rank,
        norm,
        error,
        bestFactor);
  }
}
