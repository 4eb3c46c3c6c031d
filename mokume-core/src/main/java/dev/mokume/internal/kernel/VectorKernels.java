package dev.mokume.internal.kernel;

import dev.mokume.tensor.DType;
import java.util.Optional;

/// Kernels of the incubating Vector API, bit-equal to [ScalarKernels], for the operations that C2
/// does not vectorise by itself, or only by detours: BF16, comparisons into bits, choosing by bits,
/// f64 sums, sign elections, counts of few among many, random draws and products of matrices. F16,
/// F32 and F64 codecs and blends, element-wise arithmetic and set operations are vectors already as
/// plain loops; 8-bit tables and counts of all have no faster vector form: all these are the scalar
/// ones.
///
/// Nothing may touch this class where the module is missing: [KernelSelection] sees to that.
final class VectorKernels implements Kernels {
  private final Kernels plain;
  private final Codec bf16Codec = new VectorBf16Codec();
  private final Optional<FusedBlend> bf16Blend = Optional.of(new VectorBf16Blend());
  private final Arithmetic arithmetic = new VectorArithmetic();
  private final StoredSelection storedSelection = new VectorStoredSelection();
  private final BitOperations bits = new VectorBitOperations();
  private final Reductions reductions = new VectorReductions();
  private final Elections elections = new VectorElections();
  private final Histogram histogram = new VectorHistogram();
  private final Draws draws = new VectorDraws();
  private final FusedProducts fusedProducts = new VectorFusedProducts();
  private final MatrixProducts matrices = new VectorMatrixProducts();

  VectorKernels(Kernels plain) {
    this.plain = plain;
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
}
