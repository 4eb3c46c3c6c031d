package dev.mokume.internal.kernel;

import dev.mokume.tensor.DType;

/// One implementation of every family of kernels.
public interface Kernels {
  /// The codec of a dtype that [DType#isBlendable()].
  Codec codec(DType dtype);

  Arithmetic arithmetic();

  BitOperations bits();

  Reductions reductions();

  Histogram histogram();

  Draws draws();
}
