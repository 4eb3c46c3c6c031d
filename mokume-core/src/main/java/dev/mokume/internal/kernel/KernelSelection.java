package dev.mokume.internal.kernel;

/// Which kernels this JVM runs.
final class KernelSelection {
  private KernelSelection() {}

  static Kernels scalar() {
    return Scalar.KERNELS;
  }

  static Kernels best() {
    return Scalar.KERNELS;
  }

  private static final class Scalar {
    static final Kernels KERNELS = new ScalarKernels();
  }
}
