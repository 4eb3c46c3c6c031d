package dev.mokume.internal.kernel;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which kernels this JVM runs: with the Vector API module, plain loops that warm vector kernels up
/// in the background; without it, plain loops. The system property `mokume.kernels` forces `scalar`
/// or `vector`.
///
/// No class of the vector kernels is loaded before the module is known to be there.
final class KernelSelection {
  static final String PROPERTY = "mokume.kernels";
  private static final String MODULE = "jdk.incubator.vector";

  private static @Nullable Kernels best;

  private KernelSelection() {}

  static Kernels scalar() {
    return Scalar.KERNELS;
  }

  static Kernels vector() {
    return select("vector", hasVectorModule());
  }

  static synchronized Kernels best() {
    if (best == null) {
      refuseOtherThanLittleEndian(ByteOrder.nativeOrder(), System.getProperty("os.arch"));
      best = select(System.getProperty(PROPERTY, ""), hasVectorModule());
    }
    return best;
  }

  /// Kernels see the numbers of an array as the bytes that files have ([SignBits], [Widened]).
  static void refuseOtherThanLittleEndian(ByteOrder order, String processor) {
    if (order != ByteOrder.LITTLE_ENDIAN) {
      throw new MokumeException(
          ErrorCode.UNSUPPORTED_PROCESSOR,
          "nothing can be merged on this processor (%s), which is big-endian: merge on one that is little-endian, such as x86-64 or AArch64."
              .formatted(processor));
    }
  }

  static Kernels select(String choice, boolean vectorModule) {
    return switch (choice) {
      case "scalar" -> Scalar.KERNELS;
      case "vector" -> {
        if (!vectorModule) {
          throw new MokumeException(
              ErrorCode.INVALID_RECIPE,
              "-D%s=vector was asked for, but this JVM runs without the module %s: start java with --add-modules %s, or "
                      .formatted(PROPERTY, MODULE, MODULE)
                  + "leave the property out; the scalar kernels give the same bytes.");
        }
        yield Vector.kernels();
      }
      case "" ->
          vectorModule ? new WarmingKernels(Scalar.KERNELS, Vector::kernels) : Scalar.KERNELS;
      default ->
          throw new MokumeException(
              ErrorCode.INVALID_RECIPE,
              "the system property %s is '%s', but it may be scalar or vector%s"
                  .formatted(
                      PROPERTY, choice, Nearest.suggestion(choice, List.of("scalar", "vector"))));
    };
  }

  private static boolean hasVectorModule() {
    return ModuleLayer.boot().findModule(MODULE).isPresent();
  }

  private static final class Scalar {
    static final Kernels KERNELS = new ScalarKernels();
  }

  private static final class Vector {
    static Kernels kernels() {
      return new VectorKernels(Scalar.KERNELS);
    }
  }
}
