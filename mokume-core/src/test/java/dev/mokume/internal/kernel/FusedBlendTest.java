package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class FusedBlendTest {
  private final Kernels kernels = Kernels.scalar();

  @Test
  void equalsDecodeBlendEncodeOnAnyBits() {
    for (DType dtype : List.of(DType.F16, DType.BF16, DType.F32)) {
      int width = dtype.bits() / 8;
      for (int count : new int[] {0, 1, 2, 3, 2047, 2048, 2049, 4096, 4097, 20_001}) {
        MemorySegment a = Samples.bytes(count, 4L * count);
        MemorySegment b = Samples.bytes(count + 1, 4L * count);
        for (float[] weights : new float[][] {{0.65f, 0.35f}, {1, 0}, {-2, 3}, {1e-30f, 1e30f}}) {
          MemorySegment expected = Arena.ofAuto().allocate(4L * count + 8);
          MemorySegment actual = Arena.ofAuto().allocate(4L * count + 8);
          long counted = separately(dtype, a, weights[0], b, weights[1], expected, count);
          long found =
              kernels
                  .fusedBlend(dtype)
                  .orElseThrow()
                  .blend(a, 1, weights[0], b, 2, weights[1], actual, 3, count);

          assertThat(actual.asSlice(3, (long) width * count).toArray(ValueLayout.JAVA_BYTE))
              .as("%d of %s", count, dtype)
              .isEqualTo(expected.asSlice(3, (long) width * count).toArray(ValueLayout.JAVA_BYTE));
          assertThat(found).isEqualTo(counted);
        }
      }
    }
  }

  @Test
  void arraysAreWorkedOnInPlaceToTheSameBits() {
    for (DType dtype : List.of(DType.F16, DType.BF16, DType.F32)) {
      FusedBlend blend = kernels.fusedBlend(dtype).orElseThrow();
      for (int count : new int[] {4, 5, 2047, 4095, 4096, 4097, 20_001}) {
        long bytes = dtype.bits() / 8L * count;
        MemorySegment a = Samples.bytes(count, bytes);
        MemorySegment b = Samples.bytes(count + 1, bytes);
        MemorySegment expected = Arena.ofAuto().allocate(bytes);
        long counted = blend.blend(a, 0, 0.3f, b, 0, 0.7f, expected, 0, count);
        FusedBlend.Strip strip = blend.strip(count);
        strip.a().asSlice(0, bytes).copyFrom(a.asSlice(0, bytes));
        strip.b().asSlice(0, bytes).copyFrom(b.asSlice(0, bytes));

        assertThat(strip.blend(0.3f, 0.7f, count)).isEqualTo(counted);
        assertThat(strip.out().asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE))
            .as("%d of %s", count, dtype)
            .isEqualTo(expected.toArray(ValueLayout.JAVA_BYTE));
      }
    }
  }

  @Test
  void anUpdateEqualsDecodeSubtractDivideAddSelectEncodeOnAnyBits() {
    for (DType dtype : List.of(DType.F16, DType.BF16, DType.F32)) {
      for (int count : new int[] {1, 2, 3, 64, 65, 2047, 4095, 4096}) {
        for (float divisor : new float[] {1, 0.1f}) {
          long bytes = dtype.bits() / 8L * count;
          MemorySegment a = Samples.bytes(count, bytes);
          MemorySegment b = Samples.bytes(count + 1, bytes);
          long[] mask = Samples.words(count, Block.MASK_WORDS);
          MemorySegment expected = Arena.ofAuto().allocate(bytes);
          long counted = updatedStepByStep(dtype, a, b, mask, divisor, expected, count);
          FusedBlend.Strip strip = kernels.fusedBlend(dtype).orElseThrow().strip(count);
          strip.a().asSlice(0, bytes).copyFrom(a.asSlice(0, bytes));
          strip.b().asSlice(0, bytes).copyFrom(b.asSlice(0, bytes));

          assertThat(strip.update(mask, divisor, kernels.storedSelection(), 0, count))
              .isEqualTo(counted);
          assertThat(strip.out().asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE))
              .as("%d of %s", count, dtype)
              .isEqualTo(expected.toArray(ValueLayout.JAVA_BYTE));
        }
      }
    }
  }

  private long updatedStepByStep(
      DType dtype,
      MemorySegment a,
      MemorySegment b,
      long[] mask,
      float divisor,
      MemorySegment out,
      int count) {
    float[] valuesA = new float[count];
    float[] values = new float[count];
    kernels.codec(dtype).decode(a, 0, valuesA, count);
    kernels.codec(dtype).decode(b, 0, values, count);
    Arithmetic arithmetic = kernels.arithmetic();
    arithmetic.subtract(values, valuesA, values, count);
    arithmetic.divideScalar(values, divisor, values, count);
    arithmetic.add(valuesA, values, values, count);
    arithmetic.select(mask, values, valuesA, values, count);
    return kernels.codec(dtype).encode(values, out, 0, count);
  }

  private long separately(
      DType dtype,
      MemorySegment a,
      float weightA,
      MemorySegment b,
      float weightB,
      MemorySegment out,
      int count) {
    float[] valuesA = new float[count];
    float[] valuesB = new float[count];
    kernels.codec(dtype).decode(a, 1, valuesA, count);
    kernels.codec(dtype).decode(b, 2, valuesB, count);
    kernels.arithmetic().blend(valuesA, weightA, valuesB, weightB, valuesA, count);
    return kernels.codec(dtype).encode(valuesA, out, 3, count);
  }

  @Test
  void mayWriteOverItsInput() {
    MemorySegment a = MemorySegment.ofArray(new short[] {0x3C00, 0x4000}); // 1, 2
    MemorySegment b = MemorySegment.ofArray(new short[] {0x4200, 0x4200}); // 3, 3
    kernels.fusedBlend(DType.F16).orElseThrow().blend(a, 0, 0.5f, b, 0, 0.5f, a, 0, 2);
    assertThat(a.toArray(ValueLayout.JAVA_SHORT)).containsExactly(0x4000, 0x4100); // 2, 2.5
  }

  @Test
  void isThereForTheCommonTypesOnly() {
    assertThat(kernels.fusedBlend(DType.F64)).isEmpty();
    assertThat(kernels.fusedBlend(DType.F8_E4M3)).isEmpty();
  }
}
