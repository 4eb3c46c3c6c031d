package dev.mokume.internal.kernel;

import dev.mokume.tensor.DType;
import java.util.Optional;

/// One implementation of every family of kernels. All of them are safe for use by many threads at
/// once, and all implementations give the same bits.
public interface Kernels {
  /// The codec of a dtype that [DType#isBlendable()].
  Codec codec(DType dtype);

  /// The one-step blend of a dtype, where there is one that beats the three kernels it stands for:
  /// F32, F16 and BF16.
  Optional<FusedBlend> fusedBlend(DType dtype);

  /// What a strip of [#fusedBlend] chooses with.
  StoredSelection storedSelection();

  Arithmetic arithmetic();

  BitOperations bits();

  Reductions reductions();

  Elections elections();

  Histogram histogram();

  Draws draws();

  FusedProducts fusedProducts();

  MatrixProducts matrices();

  /// The plain loops: the specification of all others.
  static Kernels scalar() {
    return KernelSelection.scalar();
  }

  /// The vector kernels from the first call on, for tests and measurements; an error without the
  /// module `jdk.incubator.vector`.
  static Kernels vector() {
    return KernelSelection.vector();
  }

  /// The fastest kernels this JVM can run: plain loops at first, vector kernels for what a long
  /// merge does often. The system property `mokume.kernels` forces one kind: `scalar` or `vector`.
  static Kernels best() {
    return KernelSelection.best();
  }
}
