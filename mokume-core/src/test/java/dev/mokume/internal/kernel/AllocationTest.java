package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.internal.AllocatedBytes;
import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/// Kernels allocate nothing once they are compiled. A Vector API method that grows past a few steps
/// starts to box its vectors, several bytes an element and ten times slower: that shows here and
/// nowhere else.
class AllocationTest {
  private static final int CALLS = 200;
  private static final int ROUNDS = 150;

  /// What reading the counter itself allocates stays far below a byte an element.
  private static final long TOLERATED = 2048;

  private static double sink;

  private final Rehearsal block = new Rehearsal(Kernels.scalar(), DType.BF16);
  private final MemorySegment wide = Arena.ofAuto().allocate(8L * Block.ELEMENTS);

  @Test
  void scalarKernelsAllocateNothing() {
    assertThatNothingIsAllocated(new ScalarKernels());
  }

  @Test
  @NeedsVectorModule
  void vectorKernelsAllocateNothing() {
    assertThatNothingIsAllocated(new VectorKernels(new ScalarKernels()));
  }

  private void assertThatNothingIsAllocated(Kernels kernels) {
    int count = Block.ELEMENTS;
    for (DType dtype :
        List.of(
            DType.F16,
            DType.BF16,
            DType.F32,
            DType.F64,
            DType.F8_E4M3,
            DType.F8_E5M2,
            DType.Q8_0,
            DType.Q4_0,
            DType.Q6_K,
            DType.Q4_K)) {
      check(kernels, "decode " + dtype, (k, b) -> k.codec(dtype).decode(wide, 0, b.out, count));
      check(kernels, "encode " + dtype, (k, b) -> k.codec(dtype).encode(b.a, wide, 0, count));
    }
    for (DType dtype : List.of(DType.F16, DType.BF16, DType.F32)) {
      check(
          kernels,
          "fused blend " + dtype,
          (k, b) ->
              k.fusedBlend(dtype)
                  .orElseThrow()
                  .blend(wide, 0, 0.3f, wide, 8, 0.7f, wide, 0, count - 8));
      FusedBlend.Strip strip = kernels.fusedBlend(dtype).orElseThrow().strip(count);
      check(kernels, "strip of " + dtype, (_, _) -> strip.blend(0.3f, 0.7f, count));
      for (float divisor : new float[] {1, 0.1f}) {
        check(
            kernels,
            "update of " + dtype,
            (k, b) -> strip.update(b.mask, divisor, k.storedSelection(), 0, count));
      }
    }
    check(kernels, "blend", (k, b) -> k.arithmetic().blend(b.a, 0.3f, b.b, 0.7f, b.out, count));
    check(kernels, "select", (k, b) -> k.arithmetic().select(b.mask, b.a, b.b, b.out, count));
    check(kernels, "trim", (k, b) -> k.arithmetic().trim(b.a, 0.5f, b.out, count));
    float[] weights = {1, 0.5f, 0.25f};
    for (float[][] terms : new float[][][] {{block.a, block.b}, {block.a, block.b, block.a}}) {
      check(
          kernels,
          "elect of " + terms.length,
          (k, b) ->
              k.elections().elect(terms, weights, false, true, Elections.Take.MEAN, b.out, count));
    }
    check(kernels, "less than", (k, b) -> k.bits().lessThan(b.a, 0.1f, b.outMask, count));
    check(kernels, "at least", (k, b) -> k.bits().atLeast(b.a, 0.1f, b.outMask, count));
    check(kernels, "greater than", (k, b) -> k.bits().greaterThan(b.a, 0.1f, b.outMask, count));
    check(
        kernels,
        "matrix product",
        (k, b) -> k.matrices().row(wide, 0, 4, wide, 2000, 0, b.out, 0, 2000));
    check(
        kernels,
        "count within",
        (k, b) -> k.histogram().countWithin(b.a, 0, count, Rehearsal.BUCKET, 1, b.counts));
    check(kernels, "sum", (k, b) -> sink += k.reductions().sum(b.a, count));
    check(kernels, "squares", (k, b) -> sink += k.reductions().sumOfSquares(b.a, count));
    check(kernels, "dot", (k, b) -> sink += k.reductions().dot(b.a, b.b, count));
    check(kernels, "magnitudes", (k, b) -> sink += k.reductions().sumOfMagnitudes(b.a, count));
    check(kernels, "signs", (k, b) -> sink += k.reductions().sumOfSigns(b.a, count));
    check(kernels, "non-finite", (k, b) -> sink += k.reductions().countNonFinite(b.a, count));
    check(kernels, "keep", (k, b) -> k.draws().keep(1, 0, 1L << 30, b.outMask, count));
    check(kernels, "uniform", (k, b) -> k.draws().uniform(1, 0, b.out, count));
    check(kernels, "quarter", (k, b) -> k.draws().quarter(1, 0, 3, b.outMask, count));
    check(kernels, "normal", (k, b) -> k.draws().normal(1, 0, 0, 1, b.out, count));
    check(
        kernels,
        "fused products",
        (k, b) -> k.fusedProducts().addProduct(b.a, 48, b.b, b.out, 48, 48, 48));
    check(
        kernels,
        "f64 fused products",
        (k, b) -> k.fusedProducts().addProduct(b.wideA, 48, b.wideB, b.wideOut, 48, 48, 48));
  }

  /// Until C2 has compiled a kernel it may allocate, so the rounds go on until one does not.
  private void check(Kernels kernels, String what, BiConsumer<Kernels, Rehearsal> kernel) {
    long allocated = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS && allocated > TOLERATED; round++) {
      long before = AllocatedBytes.now();
      for (int i = 0; i < CALLS; i++) {
        kernel.accept(kernels, block);
      }
      allocated = AllocatedBytes.now() - before;
    }
    assertThat(allocated)
        .as("bytes allocated by %d calls of %s", CALLS, what)
        .isLessThanOrEqualTo(TOLERATED);
  }
}
