package dev.mokume.internal.kernel;

import dev.mokume.tensor.DType;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The plain loops: the specification of every other implementation, and what a short merge runs
/// on. Many of them are written so that C2 makes vectors of them.
final class ScalarKernels implements Kernels {
  private static final Map<DType, Codec> CODECS = codecs();
  private static final Map<DType, Optional<FusedBlend>> FUSED_BLENDS =
      Map.of(
          DType.F32, Optional.of(new F32Blend()),
          DType.F16, Optional.of(new F16Blend()),
          DType.BF16, Optional.of(new Bf16Blend()));

  private final Arithmetic arithmetic = new ScalarArithmetic();
  private final StoredSelection storedSelection = new ScalarStoredSelection();
  private final BitOperations bits = new ScalarBitOperations();
  private final Reductions reductions = new ScalarReductions();
  private final Histogram histogram = new ScalarHistogram();
  private final Elections elections = new ScalarElections();
  private final Draws draws = new ScalarDraws();
  private final FusedProducts fusedProducts = new ScalarFusedProducts();
  private final MatrixProducts matrices = new ScalarMatrixProducts();

  private static Map<DType, Codec> codecs() {
    Map<DType, Codec> codecs = new HashMap<>(BlockCodec.all());
    codecs.put(DType.F64, new F64Codec());
    codecs.put(DType.F32, new F32Codec());
    codecs.put(DType.F16, new F16Codec());
    codecs.put(DType.BF16, new Bf16Codec());
    codecs.put(DType.F8_E4M3, F8Codec.e4m3());
    codecs.put(DType.F8_E5M2, F8Codec.e5m2());
    return codecs;
  }

  @Override
  public Codec codec(DType dtype) {
    Codec codec = CODECS.get(dtype);
    if (codec == null) {
      throw new IllegalArgumentException(
          "there is no codec for " + dtype + ": ask DType.isBlendable() first");
    }
    return codec;
  }

  @Override
  public Optional<FusedBlend> fusedBlend(DType dtype) {
    return FUSED_BLENDS.getOrDefault(dtype, Optional.empty());
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
