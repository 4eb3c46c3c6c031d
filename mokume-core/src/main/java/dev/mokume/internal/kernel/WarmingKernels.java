package dev.mokume.internal.kernel;

import dev.mokume.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/// Plain kernels that change, operation by operation, to vector kernels once a merge has proved
/// long: see [Warmup]. Operations that are the same loop in both have no warm-up.
final class WarmingKernels implements Kernels {
  /// Elements that take plain loops about half a second; a merge of 256 MiB stays below.
  private static final long PATIENCE = 1L << 30;

  /// Less for loops that take more than a few steps an element, where vector kernels gain most:
  /// that sum up in f64, draw, elect, make bits of comparisons or choose by them.
  private static final long PATIENCE_FOR_STEPS = 1L << 26;

  /// The same half second for deviates, which cost plain loops far more.
  private static final long PATIENCE_FOR_DEVIATES = 1L << 25;

  /// What is blended in arrays is long: it pays to begin soon.
  private static final long PATIENCE_FOR_PACKED_BLENDS = 1L << 25;

  /// Half a second of fused products, counted in products of two numbers.
  private static final long PATIENCE_FOR_FUSED_PRODUCTS = 1L << 28;

  /// Rows and columns of a block that is a square matrix.
  private static final int EDGE = 64;

  /// The same for products of matrices, counted in products of two numbers.
  private static final long PATIENCE_FOR_PRODUCTS = 1L << 29;

  private final Kernels plain;
  private final Supplier<Kernels> vector;
  private final Codec bf16Codec;
  private final Optional<FusedBlend> bf16Blend;
  private final Arithmetic arithmetic;
  private final StoredSelection storedSelection;
  private final BitOperations bits;
  private final Reductions reductions;
  private final Elections elections;
  private final Histogram histogram;
  private final Draws draws;
  private final FusedProducts fusedProducts;
  private final MatrixProducts matrices;

  WarmingKernels(Kernels plain, Supplier<Kernels> vector) {
    this.plain = plain;
    this.vector = vector;
    this.bf16Codec = new WarmingBf16Codec();
    this.bf16Blend = Optional.of(new WarmingBf16Blend());
    this.arithmetic = new WarmingArithmetic();
    this.storedSelection = new WarmingStoredSelection();
    this.bits = new WarmingBitOperations();
    this.reductions = new WarmingReductions();
    this.elections = new WarmingElections();
    this.histogram = new WarmingHistogram();
    this.draws = new WarmingDraws();
    this.fusedProducts = new WarmingFusedProducts();
    this.matrices = new WarmingMatrixProducts();
  }

  @Override
  public Codec codec(DType dtype) {
    return dtype.equals(DType.BF16) ? bf16Codec : plain.codec(dtype);
  }

  @Override
  public Optional<FusedBlend> fusedBlend(DType dtype) {
    return dtype.equals(DType.BF16) ? bf16Blend : plain.fusedBlend(dtype);
  }

  @Override
  public StoredSelection storedSelection() {
    return storedSelection;
  }

  @Override
  public Arithmetic arithmetic() {
    return arithmetic;
  }

  @Override
  public BitOperations bits() {
    return bits;
  }

  @Override
  public Reductions reductions() {
    return reductions;
  }

  @Override
  public Elections elections() {
    return elections;
  }

  @Override
  public Histogram histogram() {
    return histogram;
  }

  @Override
  public Draws draws() {
    return draws;
  }

  @Override
  public FusedProducts fusedProducts() {
    return fusedProducts;
  }

  @Override
  public MatrixProducts matrices() {
    return matrices;
  }

  private <T> Warmup<T> warmup(
      String operation, Function<Kernels, T> family, BiConsumer<T, Rehearsal> oneBlock) {
    return warmup(operation, PATIENCE, family, oneBlock);
  }

  private <T> Warmup<T> warmup(
      String operation,
      long patience,
      Function<Kernels, T> family,
      BiConsumer<T, Rehearsal> oneBlock) {
    return new Warmup<>(
        operation,
        family.apply(plain),
        () -> family.apply(vector.get()),
        patience,
        () -> new Rehearsal(plain, DType.BF16),
        oneBlock,
        System::nanoTime);
  }

  private final class WarmingBf16Codec implements Codec {
    private final Warmup<Codec> decode =
        warmup(
            "bf16-decode",
            kernels -> kernels.codec(DType.BF16),
            (codec, block) -> codec.decode(block.storedA, 0, block.out, Block.ELEMENTS));
    private final Warmup<Codec> encode =
        warmup(
            "bf16-encode",
            kernels -> kernels.codec(DType.BF16),
            (codec, block) -> codec.encode(block.a, block.storedOut, 0, Block.ELEMENTS));

    @Override
    public void decode(MemorySegment from, long offset, float[] into, int count) {
      decode.forNext(count).decode(from, offset, into, count);
    }

    @Override
    public int encode(float[] from, MemorySegment into, long offset, int count) {
      return encode.forNext(count).encode(from, into, offset, count);
    }
  }

  private final class WarmingBf16Blend implements FusedBlend, PackedBlend {
    private final Warmup<FusedBlend> blend =
        warmup(
            "bf16-blend",
            kernels -> kernels.fusedBlend(DType.BF16).orElseThrow(),
            (fused, block) ->
                fused.blend(
                    block.storedA,
                    0,
                    0.3f,
                    block.storedB,
                    0,
                    0.7f,
                    block.storedOut,
                    0,
                    Block.ELEMENTS));

    private final Warmup<PackedBlend> inArrays =
        warmup(
            "bf16-blend-in-arrays",
            PATIENCE_FOR_PACKED_BLENDS,
            kernels -> (PackedBlend) kernels.fusedBlend(DType.BF16).orElseThrow(),
            (packed, block) ->
                packed.blend(
                    block.packedA, 0.3f, block.packedB, 0.7f, block.packed, 0, Block.ELEMENTS / 2));

    private final Warmup<PackedBlend> moves =
        warmup(
            "bf16-move-in-arrays",
            PATIENCE_FOR_PACKED_BLENDS,
            kernels -> (PackedBlend) kernels.fusedBlend(DType.BF16).orElseThrow(),
            (packed, block) ->
                packed.move(block.packedA, block.packedB, 1, block.packed, 0, Block.ELEMENTS / 2));

    @Override
    public Strip strip(int elements) {
      return Bf16Blend.strip(elements, this);
    }

    @Override
    public void blend(
        int[] a, float weightA, int[] b, float weightB, int[] out, int first, int pairs) {
      inArrays.forNext(2L * pairs).blend(a, weightA, b, weightB, out, first, pairs);
    }

    @Override
    public void move(int[] a, int[] b, float divisor, int[] out, int first, int pairs) {
      moves.forNext(2L * pairs).move(a, b, divisor, out, first, pairs);
    }

    @Override
    public long blend(
        MemorySegment a,
        long offsetA,
        float weightA,
        MemorySegment b,
        long offsetB,
        float weightB,
        MemorySegment out,
        long offsetOut,
        long count) {
      return blend
          .forNext(count)
          .blend(a, offsetA, weightA, b, offsetB, weightB, out, offsetOut, count);
    }
  }

  private final class WarmingStoredSelection implements StoredSelection {
    private final Warmup<StoredSelection> halves =
        warmup(
            "select-halves",
            PATIENCE_FOR_STEPS,
            Kernels::storedSelection,
            (selection, block) ->
                selection.select(block.mask, block.halvesA, block.halves, 0, Block.ELEMENTS));
    private final Warmup<StoredSelection> pairs =
        warmup(
            "select-pairs",
            PATIENCE_FOR_STEPS,
            Kernels::storedSelection,
            (selection, block) ->
                selection.selectPairs(block.mask, block.packedA, block.packed, 0, Block.ELEMENTS));
    private final Warmup<StoredSelection> floats =
        warmup(
            "select-stored",
            PATIENCE_FOR_STEPS,
            Kernels::storedSelection,
            (selection, block) ->
                selection.select(block.mask, block.a, block.out, 0, Block.ELEMENTS));

    @Override
    public void select(long[] mask, short[] whenClear, short[] out, int first, int count) {
      halves.forNext(count).select(mask, whenClear, out, first, count);
    }

    @Override
    public void selectPairs(long[] mask, int[] whenClear, int[] out, int first, int count) {
      pairs.forNext(count).selectPairs(mask, whenClear, out, first, count);
    }

    @Override
    public void select(long[] mask, float[] whenClear, float[] out, int first, int count) {
      floats.forNext(count).select(mask, whenClear, out, first, count);
    }
  }

  private final class WarmingArithmetic extends ScalarArithmetic {
    private final Warmup<Arithmetic> trim =
        warmup(
            "trim",
            PATIENCE_FOR_STEPS,
            Kernels::arithmetic,
            (arithmetic, block) -> arithmetic.trim(block.a, 0.5f, block.out, Block.ELEMENTS));
    private final Warmup<Arithmetic> select =
        warmup(
            "select",
            PATIENCE_FOR_STEPS,
            Kernels::arithmetic,
            (arithmetic, block) ->
                arithmetic.select(block.mask, block.a, block.b, block.out, Block.ELEMENTS));

    @Override
    public void trim(float[] a, float least, float[] out, int count) {
      trim.forNext(count).trim(a, least, out, count);
    }

    @Override
    public void select(long[] mask, float[] whenSet, float[] whenClear, float[] out, int count) {
      select.forNext(count).select(mask, whenSet, whenClear, out, count);
    }
  }

  private final class WarmingBitOperations extends ScalarBitOperations {
    private final Warmup<BitOperations> lessThan =
        warmup(
            "less-than",
            PATIENCE_FOR_STEPS,
            Kernels::bits,
            (bits, block) -> bits.lessThan(block.a, 0, block.outMask, Block.ELEMENTS));
    private final Warmup<BitOperations> atLeast =
        warmup(
            "at-least",
            PATIENCE_FOR_STEPS,
            Kernels::bits,
            (bits, block) -> bits.atLeast(block.a, 0, block.outMask, Block.ELEMENTS));
    private final Warmup<BitOperations> greaterThan =
        warmup(
            "greater-than",
            PATIENCE_FOR_STEPS,
            Kernels::bits,
            (bits, block) -> bits.greaterThan(block.a, 0, block.outMask, Block.ELEMENTS));

    @Override
    public void lessThan(float[] a, float threshold, long[] out, int count) {
      lessThan.forNext(count).lessThan(a, threshold, out, count);
    }

    @Override
    public void atLeast(float[] a, float threshold, long[] out, int count) {
      atLeast.forNext(count).atLeast(a, threshold, out, count);
    }

    @Override
    public void greaterThan(float[] a, float threshold, long[] out, int count) {
      greaterThan.forNext(count).greaterThan(a, threshold, out, count);
    }
  }

  private final class WarmingElections implements Elections {
    private final Warmup<Elections> elect =
        warmup(
            "elect",
            PATIENCE_FOR_STEPS,
            Kernels::elections,
            (elections, block) -> {
              rehearse(elections, block, block.a, block.b);
              rehearse(elections, block, block.a, block.b, block.a);
            });

    /// Three terms have a loop of their own.
    private static void rehearse(Elections elections, Rehearsal block, float[]... terms) {
      elections.elect(
          terms, new float[] {1, 0.5f, 1}, false, true, Take.MEAN, block.out, Block.ELEMENTS);
    }

    @Override
    public void elect(
        float[][] terms,
        float[] weights,
        boolean byCount,
        boolean evenIsPlus,
        Take take,
        float[] out,
        int count) {
      elect
          .forNext((long) count * terms.length)
          .elect(terms, weights, byCount, evenIsPlus, take, out, count);
    }
  }

  private final class WarmingHistogram extends ScalarHistogram {
    private final Warmup<Histogram> within =
        warmup(
            "count-within",
            PATIENCE_FOR_STEPS,
            Kernels::histogram,
            (histogram, block) ->
                histogram.countWithin(
                    block.a, 0, Block.ELEMENTS, Rehearsal.BUCKET, 1, block.counts));

    @Override
    public int countWithin(float[] a, int from, int to, int bucket, int buckets, int[] counts) {
      return within.forNext(to - from).countWithin(a, from, to, bucket, buckets, counts);
    }
  }

  private final class WarmingReductions extends ScalarReductions {
    private final Warmup<Reductions> sum =
        warmup(
            "sum",
            PATIENCE_FOR_STEPS,
            Kernels::reductions,
            (reductions, block) -> reductions.sum(block.a, Block.ELEMENTS));
    private final Warmup<Reductions> dot =
        warmup(
            "dot",
            PATIENCE_FOR_STEPS,
            Kernels::reductions,
            (reductions, block) -> reductions.dot(block.a, block.b, Block.ELEMENTS));
    private final Warmup<Reductions> sumOfMagnitudes =
        warmup(
            "magnitudes",
            PATIENCE_FOR_STEPS,
            Kernels::reductions,
            (reductions, block) -> reductions.sumOfMagnitudes(block.a, Block.ELEMENTS));
    private final Warmup<Reductions> sumOfSigns =
        warmup(
            "signs",
            PATIENCE_FOR_STEPS,
            Kernels::reductions,
            (reductions, block) -> reductions.sumOfSigns(block.a, Block.ELEMENTS));
    private final Warmup<Reductions> countNonFinite =
        warmup(
            "non-finite",
            Kernels::reductions,
            (reductions, block) -> reductions.countNonFinite(block.a, Block.ELEMENTS));

    @Override
    public double sum(float[] a, int count) {
      return sum.forNext(count).sum(a, count);
    }

    @Override
    public double sumOfSquares(float[] a, int count) {
      return dot.forNext(count).sumOfSquares(a, count);
    }

    @Override
    public double dot(float[] a, float[] b, int count) {
      return dot.forNext(count).dot(a, b, count);
    }

    @Override
    public double sumOfMagnitudes(float[] a, int count) {
      return sumOfMagnitudes.forNext(count).sumOfMagnitudes(a, count);
    }

    @Override
    public long sumOfSigns(float[] a, int count) {
      return sumOfSigns.forNext(count).sumOfSigns(a, count);
    }

    @Override
    public int countNonFinite(float[] a, int count) {
      return countNonFinite.forNext(count).countNonFinite(a, count);
    }
  }

  private final class WarmingDraws implements Draws {
    private final Warmup<Draws> keep =
        warmup(
            "keep",
            PATIENCE_FOR_STEPS,
            Kernels::draws,
            (draws, block) -> draws.keep(4, 0, 1L << 30, block.outMask, Block.ELEMENTS));
    private final Warmup<Draws> uniform =
        warmup(
            "uniform",
            PATIENCE_FOR_STEPS,
            Kernels::draws,
            (draws, block) -> draws.uniform(4, 0, block.out, Block.ELEMENTS));
    private final Warmup<Draws> normal =
        warmup(
            "normal",
            PATIENCE_FOR_DEVIATES,
            Kernels::draws,
            (draws, block) -> draws.normal(4, 0, 0, 1, block.out, Block.ELEMENTS));
    private final Warmup<Draws> quarters =
        warmup(
            "quarter",
            PATIENCE_FOR_STEPS,
            Kernels::draws,
            (draws, block) -> draws.quarter(4, 0, 1, block.outMask, Block.ELEMENTS));

    @Override
    public void keep(long key, long first, long limit, long[] out, int count) {
      keep.forNext(count).keep(key, first, limit, out, count);
    }

    @Override
    public void uniform(long key, long first, float[] out, int count) {
      uniform.forNext(count).uniform(key, first, out, count);
    }

    @Override
    public void normal(
        long key, long first, double mean, double deviation, float[] out, int count) {
      normal.forNext(count).normal(key, first, mean, deviation, out, count);
    }

    @Override
    public void quarter(long key, long first, int quarter, long[] out, int count) {
      quarters.forNext(count).quarter(key, first, quarter, out, count);
    }
  }

  private final class WarmingFusedProducts implements FusedProducts {
    private final Warmup<FusedProducts> floats =
        warmup(
            "products",
            PATIENCE_FOR_FUSED_PRODUCTS,
            Kernels::fusedProducts,
            (products, block) ->
                products.addProduct(block.a, EDGE, block.b, block.out, EDGE, EDGE, EDGE));
    private final Warmup<FusedProducts> doubles =
        warmup(
            "f64-products",
            PATIENCE_FOR_FUSED_PRODUCTS,
            Kernels::fusedProducts,
            (products, block) ->
                products.addProduct(
                    block.wideA, EDGE, block.wideB, block.wideOut, EDGE, EDGE, EDGE));

    @Override
    public void addProduct(
        float[] a, int pitch, float[] b, float[] c, int rows, int depth, int columns) {
      floats
          .forNext((long) rows * depth * columns)
          .addProduct(a, pitch, b, c, rows, depth, columns);
    }

    @Override
    public void addProduct(
        double[] a, int pitch, double[] b, double[] c, int rows, int depth, int columns) {
      doubles
          .forNext((long) rows * depth * columns)
          .addProduct(a, pitch, b, c, rows, depth, columns);
    }
  }

  private final class WarmingMatrixProducts implements MatrixProducts {
    private static final int RANK = 4;

    private final Warmup<MatrixProducts> row =
        warmup(
            "matrix-product",
            PATIENCE_FOR_PRODUCTS,
            Kernels::matrices,
            (matrices, block) -> {
              // Two stored numbers read as one f32 are ordinary values too, in native memory.
              int columns = Block.ELEMENTS / 2 / RANK;
              matrices.row(
                  block.storedA, 0, RANK, block.storedB, columns, 0, block.out, 0, columns);
            });

    @Override
    public void row(
        MemorySegment left,
        long at,
        int rank,
        MemorySegment right,
        long columns,
        long column,
        float[] out,
        int from,
        int count) {
      row.forNext((long) rank * count)
          .row(left, at, rank, right, columns, column, out, from, count);
    }
  }
}
