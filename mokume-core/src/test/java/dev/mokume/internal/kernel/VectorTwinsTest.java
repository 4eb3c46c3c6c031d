package dev.mokume.internal.kernel;

import static dev.mokume.internal.kernel.Samples.SIZES;
import static dev.mokume.internal.kernel.Samples.canonicalBits;
import static dev.mokume.internal.kernel.Samples.floats;
import static dev.mokume.internal.kernel.Samples.words;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/// Every vector kernel gives its scalar twin's bits, at sizes around every boundary, on values of
/// every kind.
@NeedsVectorModule
class VectorTwinsTest {
  private static final int LARGEST = 4096 + 64;
  private final Kernels scalar = new ScalarKernels();
  private final Kernels vector = new VectorKernels(scalar);

  @Test
  void codecs() {
    for (DType dtype :
        List.of(DType.BF16, DType.F16, DType.F32, DType.F64, DType.F8_E4M3, DType.F8_E5M2)) {
      int width = dtype.bits() / 8;
      for (int size : SIZES) {
        for (long offset : new long[] {0, 1, 6}) {
          MemorySegment stored = Samples.bytes(size, 8 + (long) size * width);
          assertThat(decoded(vector, dtype, stored, offset, size))
              .as("decode %d of %s", size, dtype)
              .isEqualTo(decoded(scalar, dtype, stored, offset, size));
          for (float[] values : List.of(floats(size, size), Samples.finiteFloats(size, size))) {
            assertThat(encoded(vector, dtype, values, offset, size, width))
                .as("encode %d of %s", size, dtype)
                .isEqualTo(encoded(scalar, dtype, values, offset, size, width));
          }
        }
      }
    }
  }

  private static int[] decoded(
      Kernels kernels, DType dtype, MemorySegment stored, long offset, int size) {
    float[] into = new float[size];
    kernels.codec(dtype).decode(stored, offset, into, size);
    return canonicalBits(into);
  }

  private static byte[] encoded(
      Kernels kernels, DType dtype, float[] values, long offset, int size, int width) {
    MemorySegment into = MemorySegment.ofArray(new long[8 + size]);
    int nonFinite = kernels.codec(dtype).encode(values, into, offset, size);
    into.set(ValueLayout.JAVA_INT_UNALIGNED, 16 + (long) size * width, nonFinite);
    return into.toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void fusedBlends() {
    for (DType dtype : List.of(DType.BF16, DType.F16, DType.F32)) {
      for (int size : new int[] {0, 1, 2, 17, 4095, 4096, 4097, 9001}) {
        assertThat(blended(vector, dtype, size))
            .as("%d of %s", size, dtype)
            .isEqualTo(blended(scalar, dtype, size));
      }
    }
  }

  private static byte[] blended(Kernels kernels, DType dtype, int size) {
    MemorySegment a = Samples.bytes(1, 4L * size);
    MemorySegment b = Samples.bytes(2, 4L * size);
    MemorySegment out = MemorySegment.ofArray(new long[8 + size]);
    long nonFinite =
        kernels.fusedBlend(dtype).orElseThrow().blend(a, 2, 0.3f, b, 1, 0.7f, out, 3, size);
    out.set(ValueLayout.JAVA_LONG_UNALIGNED, 16 + 4L * size, nonFinite);
    return out.toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void blendsInArrays() {
    for (DType dtype : List.of(DType.BF16, DType.F16, DType.F32)) {
      for (int size : new int[] {1, 2, 17, 4095, 4096, 4097, 9001}) {
        assertThat(blendedInArrays(vector, dtype, size))
            .as("%d of %s", size, dtype)
            .isEqualTo(blendedInArrays(scalar, dtype, size));
      }
    }
  }

  private static byte[] blendedInArrays(Kernels kernels, DType dtype, int size) {
    long bytes = dtype.bits() / 8L * size;
    FusedBlend.Strip strip = kernels.fusedBlend(dtype).orElseThrow().strip(size);
    MemorySegment.copy(Samples.bytes(1, bytes), 0, strip.a(), 0, bytes);
    MemorySegment.copy(Samples.bytes(2, bytes), 0, strip.b(), 0, bytes);
    MemorySegment out = MemorySegment.ofArray(new long[8 + size]);
    out.set(ValueLayout.JAVA_LONG_UNALIGNED, 4L * size, strip.blend(0.3f, 0.7f, size));
    MemorySegment.copy(strip.out(), 0, out, 0, bytes);
    return out.toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void updatesInArrays() {
    for (DType dtype : List.of(DType.BF16, DType.F16, DType.F32)) {
      for (int size : new int[] {1, 2, 17, 63, 4095, 4096}) {
        for (float divisor : new float[] {1, 0.1f}) {
          assertThat(updatedInArrays(vector, dtype, size, divisor))
              .as("%d of %s", size, dtype)
              .isEqualTo(updatedInArrays(scalar, dtype, size, divisor));
        }
      }
    }
  }

  /// The second block of a strip.
  private static byte[] updatedInArrays(Kernels kernels, DType dtype, int size, float divisor) {
    int width = dtype.bits() / 8;
    long bytes = (long) width * size;
    long at = (long) width * Block.ELEMENTS;
    FusedBlend.Strip strip = kernels.fusedBlend(dtype).orElseThrow().strip(Block.ELEMENTS + size);
    MemorySegment.copy(Samples.bytes(1, bytes), 0, strip.a(), at, bytes);
    MemorySegment.copy(Samples.bytes(2, bytes), 0, strip.b(), at, bytes);
    long nonFinite =
        strip.update(
            words(3, Block.MASK_WORDS), divisor, kernels.storedSelection(), Block.ELEMENTS, size);
    MemorySegment out = MemorySegment.ofArray(new long[8 + size]);
    out.set(ValueLayout.JAVA_LONG_UNALIGNED, 4L * size, nonFinite);
    MemorySegment.copy(strip.out(), at, out, 0, bytes);
    return out.toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void arithmetic() {
    sameFloats("blend", (k, x) -> k.arithmetic().blend(x.a, 0.3f, x.b, 0.7f, x.out, x.count));
    sameFloats("add", (k, x) -> k.arithmetic().add(x.a, x.b, x.out, x.count));
    sameFloats("subtract", (k, x) -> k.arithmetic().subtract(x.a, x.b, x.out, x.count));
    sameFloats("multiply", (k, x) -> k.arithmetic().multiply(x.a, x.b, x.out, x.count));
    sameFloats("divide", (k, x) -> k.arithmetic().divide(x.a, x.b, x.out, x.count));
    sameFloats("addScalar", (k, x) -> k.arithmetic().addScalar(x.a, 0.1f, x.out, x.count));
    sameFloats("scale", (k, x) -> k.arithmetic().scale(x.a, 0.1f, x.out, x.count));
    sameFloats("divideScalar", (k, x) -> k.arithmetic().divideScalar(x.a, 3, x.out, x.count));
    sameFloats("absolute", (k, x) -> k.arithmetic().absolute(x.a, x.out, x.count));
    for (float least :
        new float[] {0, Float.MIN_VALUE, 0.25f, Float.NaN, Float.POSITIVE_INFINITY}) {
      sameFloats("trim", (k, x) -> k.arithmetic().trim(x.a, least, x.out, x.count));
    }
    sameFloats("select", (k, x) -> k.arithmetic().select(x.maskA, x.a, x.b, x.out, x.count));
    sameFloats(
        "select in place", (k, x) -> k.arithmetic().select(x.maskA, x.a, x.out, x.out, x.count));
  }

  @Test
  void bitOperations() {
    for (float threshold :
        new float[] {
          0, -0.0f, 0.25f, Float.NaN, Float.POSITIVE_INFINITY, Float.MIN_VALUE, -Float.MAX_VALUE
        }) {
      sameMask("lessThan", (k, x) -> k.bits().lessThan(x.a, threshold, x.outMask, x.count));
      sameMask("atLeast", (k, x) -> k.bits().atLeast(x.a, threshold, x.outMask, x.count));
      sameMask("greaterThan", (k, x) -> k.bits().greaterThan(x.a, threshold, x.outMask, x.count));
    }
    sameMask("positive", (k, x) -> k.bits().hasSign(x.a, true, x.outMask, x.count));
    sameMask("negative", (k, x) -> k.bits().hasSign(x.a, false, x.outMask, x.count));
    sameMask("and", (k, x) -> k.bits().and(x.maskA, x.maskB, x.outMask, x.count));
    sameMask("or", (k, x) -> k.bits().or(x.maskA, x.maskB, x.outMask, x.count));
    sameMask("xor", (k, x) -> k.bits().xor(x.maskA, x.maskB, x.outMask, x.count));
    sameMask("andNot", (k, x) -> k.bits().andNot(x.maskA, x.maskB, x.outMask, x.count));
    sameMask("fill", (k, x) -> k.bits().fill(true, x.outMask, x.count));
    sameNumber("cardinality", (k, x) -> k.bits().cardinality(x.maskA, x.count));
  }

  @Test
  void histograms() {
    for (float magnitude : new float[] {0, 1e-40f, 1e-30f, 0.25f, 1e38f, Float.MAX_VALUE}) {
      int bucket = Float.floatToIntBits(magnitude) / Histogram.LOWER_BUCKETS;
      for (int buckets : new int[] {1, 8}) {
        String what = buckets + " from " + magnitude;
        sameNumber("below " + what, (k, x) -> countWithin(k, x, bucket, counts(buckets)));
        sameNumber(
            "within " + what,
            (k, x) -> {
              int[] counts = counts(buckets);
              countWithin(k, x, bucket, counts);
              return Arrays.hashCode(counts);
            });
      }
    }
  }

  private static int[] counts(int buckets) {
    return new int[buckets * Histogram.LOWER_BUCKETS];
  }

  private static int countWithin(Kernels kernels, Operands x, int bucket, int[] counts) {
    int buckets = counts.length / Histogram.LOWER_BUCKETS;
    return kernels.histogram().countWithin(x.a, 0, x.count, bucket, buckets, counts);
  }

  @Test
  void elections() {
    for (Elections.Take take : Elections.Take.values()) {
      for (boolean byCount : new boolean[] {false, true}) {
        for (boolean evenIsPlus : new boolean[] {false, true}) {
          for (int terms = 1; terms <= 4; terms++) {
            int count = terms;
            sameFloats(
                "elect " + take + byCount + evenIsPlus + " of " + count,
                (k, x) ->
                    k.elections()
                        .elect(
                            Arrays.copyOf(new float[][] {x.a, x.finite, x.otherFinite, x.b}, count),
                            new float[] {0.5f, -0.5f, -0.0f, 2},
                            byCount,
                            evenIsPlus,
                            take,
                            x.out,
                            x.count));
          }
        }
      }
    }
  }

  @Test
  void reductions() {
    sameNumber("sum", (k, x) -> k.reductions().sum(x.a, x.count));
    sameNumber("sum of finite", (k, x) -> k.reductions().sum(x.finite, x.count));
    sameNumber("sumOfSquares", (k, x) -> k.reductions().sumOfSquares(x.finite, x.count));
    sameNumber("dot", (k, x) -> k.reductions().dot(x.finite, x.b, x.count));
    sameNumber("dot of finite", (k, x) -> k.reductions().dot(x.finite, x.otherFinite, x.count));
    sameNumber("sumOfMagnitudes", (k, x) -> k.reductions().sumOfMagnitudes(x.a, x.count));
    sameNumber(
        "sumOfMagnitudes of finite", (k, x) -> k.reductions().sumOfMagnitudes(x.finite, x.count));
    sameNumber("sumOfSigns", (k, x) -> k.reductions().sumOfSigns(x.a, x.count));
    sameNumber("countNonFinite", (k, x) -> k.reductions().countNonFinite(x.a, x.count));
    sameNumber("min", (k, x) -> k.reductions().min(x.finite, x.count));
    sameNumber("max", (k, x) -> k.reductions().max(x.finite, x.count));
  }

  @Test
  void draws() {
    for (long first : new long[] {0, 2, 4096, 1L << 40}) {
      for (long limit : new long[] {0, 1, 1L << 30, 1L << 31, 3L << 30, (1L << 32) - 1, 1L << 32}) {
        sameMask("keep", (k, x) -> k.draws().keep(77, first, limit, x.outMask, x.count));
      }
      for (int quarter = 0; quarter < 4; quarter++) {
        int wanted = quarter;
        sameMask("quarter", (k, x) -> k.draws().quarter(-5, first, wanted, x.outMask, x.count));
      }
      sameFloats("uniform", (k, x) -> k.draws().uniform(77, first, x.out, x.count));
      sameFloats("normal", (k, x) -> k.draws().normal(77, first, 0, 1, x.out, x.count));
      sameFloats("normal", (k, x) -> k.draws().normal(78, first + 1, 0.05, 0.01, x.out, x.count));
    }
  }

  /// Rows and columns around the six by two vectors whose sums are in registers at a time, and
  /// depths around those that are summed before they are added.
  @Test
  void fusedProducts() {
    for (int rows : new int[] {1, 5, 6, 7, 13}) {
      for (int columns : new int[] {1, 7, 8, 16, 17, 40, 80}) {
        for (int depth : new int[] {0, 1, 33, 128, 257}) {
          float[] a = Samples.finiteFloats(1, rows * (depth + 3));
          float[] b = Samples.finiteFloats(2, depth * columns);
          String what = "%s x %s x %s".formatted(rows, depth, columns);
          assertThat(product(vector, a, b, rows, depth, columns))
              .as(what)
              .isEqualTo(product(scalar, a, b, rows, depth, columns));
          assertThat(wideProduct(vector, a, b, rows, depth, columns))
              .as(what)
              .isEqualTo(wideProduct(scalar, a, b, rows, depth, columns));
        }
      }
    }
  }

  private static float[] product(
      Kernels kernels, float[] a, float[] b, int rows, int depth, int columns) {
    float[] c = Samples.finiteFloats(3, rows * columns);
    kernels.fusedProducts().addProduct(a, depth + 3, b, c, rows, depth, columns);
    return c;
  }

  private static double[] wideProduct(
      Kernels kernels, float[] a, float[] b, int rows, int depth, int columns) {
    double[] c = wide(Samples.finiteFloats(3, rows * columns));
    kernels.fusedProducts().addProduct(wide(a), depth + 3, wide(b), c, rows, depth, columns);
    return c;
  }

  private static double[] wide(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i] / 3.0;
    }
    return wide;
  }

  private void sameFloats(String what, BiConsumer<Kernels, Operands> kernel) {
    for (int size : SIZES) {
      Operands expected = new Operands(size);
      Operands actual = new Operands(size);
      kernel.accept(scalar, expected);
      kernel.accept(vector, actual);
      assertThat(canonicalBits(actual.out))
          .as("%s of %d", what, size)
          .isEqualTo(canonicalBits(expected.out));
    }
  }

  private void sameMask(String what, BiConsumer<Kernels, Operands> kernel) {
    for (int size : SIZES) {
      Operands expected = new Operands(size);
      Operands actual = new Operands(size);
      kernel.accept(scalar, expected);
      kernel.accept(vector, actual);
      assertThat(actual.outMask).as("%s of %d", what, size).isEqualTo(expected.outMask);
    }
  }

  private void sameNumber(String what, BiFunction<Kernels, Operands, Number> kernel) {
    for (int size : SIZES) {
      assertThat(kernel.apply(vector, new Operands(size)))
          .as("%s of %d", what, size)
          .isEqualTo(kernel.apply(scalar, new Operands(size)));
    }
  }

  /// Everything a kernel may want; what lies beyond `count` must not be touched and would be seen
  /// if it were.
  private static final class Operands {
    final int count;
    final float[] a = floats(1, LARGEST);
    final float[] b = floats(2, LARGEST);
    final float[] out = floats(3, LARGEST);
    final float[] finite = Samples.finiteFloats(4, LARGEST);
    final float[] otherFinite = Samples.finiteFloats(5, LARGEST);
    final long[] maskA = words(6, LARGEST / 64);
    final long[] maskB = words(7, LARGEST / 64);
    final long[] outMask = words(8, LARGEST / 64);

    Operands(int count) {
      this.count = count;
    }
  }

  @Test
  void matrixProducts() {
    for (int rank : new int[] {1, 2, 5}) {
      for (int size : SIZES) {
        MemorySegment left = MemorySegment.ofArray(floats(3, 4 * rank));
        MemorySegment right = MemorySegment.ofArray(floats(4, rank * (size + 3)));
        float[] expected = new float[size + 2];
        float[] actual = new float[size + 2];
        scalar.matrices().row(left, 3, rank, right, size + 3, 2, expected, 1, size);
        vector.matrices().row(left, 3, rank, right, size + 3, 2, actual, 1, size);
        assertThat(canonicalBits(actual))
            .as("%d columns of rank %d", size, rank)
            .isEqualTo(canonicalBits(expected));
      }
    }
  }
}
