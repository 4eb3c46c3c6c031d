package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class KernelSelectionTest {
  @Test
  void takesPlainLoopsWithoutTheModule() {
    assertThat(KernelSelection.select("", false)).isInstanceOf(ScalarKernels.class);
  }

  @Test
  void warmsUpWithTheModule() {
    assertThat(KernelSelection.select("", true)).isInstanceOf(WarmingKernels.class);
  }

  @Test
  void obeysTheWishForPlainLoops() {
    assertThat(KernelSelection.select("scalar", true)).isInstanceOf(ScalarKernels.class);
  }

  @Test
  @NeedsVectorModule
  void obeysTheWishForVectors() {
    assertThat(KernelSelection.select("vector", true)).isInstanceOf(VectorKernels.class);
  }

  @Test
  void refusesVectorsWithoutTheModule() {
    assertThatThrownBy(() -> KernelSelection.select("vector", false))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "-Dmokume.kernels=vector was asked for, but this JVM runs without the module"
                + " jdk.incubator.vector: start java with --add-modules jdk.incubator.vector, or"
                + " leave the property out; the scalar kernels give the same bytes.");
  }

  @Test
  void refusesBigEndianProcessors() {
    KernelSelection.refuseOtherThanLittleEndian(ByteOrder.LITTLE_ENDIAN, "amd64");
    assertThatThrownBy(
            () -> KernelSelection.refuseOtherThanLittleEndian(ByteOrder.BIG_ENDIAN, "s390x"))
        .isInstanceOfSatisfying(
            MokumeException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED_PROCESSOR))
        .hasMessage(
            "nothing can be merged on this processor (s390x), which is big-endian: merge on one"
                + " that is little-endian, such as x86-64 or AArch64.");
  }

  @Test
  void refusesOtherWords() {
    assertThatThrownBy(() -> KernelSelection.select("vektor", true))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "the system property mokume.kernels is 'vektor', but it may be scalar or vector; did"
                + " you mean 'vector'?");
  }
}
