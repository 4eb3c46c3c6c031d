package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class CodecTest {
  private final Kernels kernels = Kernels.scalar();

  @Test
  void decodesEveryF16() {
    float[] values = decodeAll16(DType.F16);
    for (int stored = 0; stored < values.length; stored++) {
      assertThat(Float.floatToIntBits(values[stored]))
          .as("%04x", stored)
          .isEqualTo(Float.floatToIntBits(f16(stored)));
    }
    assertThat(values[0x0001]).isEqualTo(0x1p-24f);
    assertThat(values[0x7BFF]).isEqualTo(65504f);
  }

  private static float f16(int stored) {
    int exponent = stored >>> 10 & 0x1F;
    int mantissa = stored & 0x3FF;
    double magnitude =
        switch (exponent) {
          case 0 -> mantissa * 0x1p-24;
          case 31 -> mantissa == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
          default -> (1024 + mantissa) * Math.scalb(1.0, exponent - 25);
        };
    return (float) (stored < 0x8000 ? magnitude : -magnitude);
  }

  @Test
  void decodesEveryBf16() {
    float[] values = decodeAll16(DType.BF16);
    for (int stored = 0; stored < values.length; stored++) {
      assertThat(Float.floatToRawIntBits(values[stored]))
          .as("%04x", stored)
          .isEqualTo(stored << 16);
    }
  }

  @Test
  void encodesEveryF16AndItsNeighboursToTheNearest() {
    assertThatRoundsToNearestEven(DType.F16, 0x7C00);
  }

  @Test
  void encodesEveryBf16AndItsNeighboursToTheNearest() {
    assertThatRoundsToNearestEven(DType.BF16, 0x7F80);
  }

  @Test
  void encodesEveryF8AndItsNeighboursToTheNearest() {
    // E4M3 ends below the stored 0x7F: 464, half-way to where 480 would be, still rounds to 448.
    assertThatRoundsToNearestEven(DType.F8_E4M3, 0x7F);
    assertThatRoundsToNearestEven(DType.F8_E5M2, 0x7C);
  }

  @Test
  void knowsTheEdgesOfE4M3() {
    DType e4m3 = DType.F8_E4M3;
    assertThat(decode8(e4m3, 0x00, 0x80, 0x01, 0x07, 0x08, 0x38, 0x7E, 0xFE))
        .containsExactly(0f, -0f, 0x1p-9f, 7 * 0x1p-9f, 0x1p-6f, 1f, 448f, -448f);
    assertThat(decode8(e4m3, 0x7F, 0xFF)).containsExactly(Float.NaN, Float.NaN);
    assertThat(
            encode8(e4m3, 448f, 464f, Math.nextUp(464f), -500f, Float.POSITIVE_INFINITY, Float.NaN))
        .containsExactly(0x7E, 0x7E, 0x7F, 0x7F, 0x7F, 0x7F);
    assertThat(encode8(e4m3, 0x1p-10f, Math.nextUp(0x1p-10f), -0f, -0x1p-9f))
        .containsExactly(0, 1, 0x80, 0x81);
  }

  @Test
  void knowsTheEdgesOfE5M2() {
    DType e5m2 = DType.F8_E5M2;
    assertThat(decode8(e5m2, 0x00, 0x01, 0x04, 0x3C, 0x7B, 0x7C, 0xFC))
        .containsExactly(
            0f, 0x1p-16f, 0x1p-14f, 1f, 57344f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
    assertThat(decode8(e5m2, 0x7D, 0x7E, 0xFF)).containsOnly(Float.NaN);
    assertThat(encode8(e5m2, 57344f, Math.nextDown(61440f), 61440f, -1e9f, Float.NaN))
        .containsExactly(0x7B, 0x7B, 0x7C, 0xFC, 0x7E);
  }

  @Test
  void writesCanonicalNaNsAndCountsWhatIsNotFinite() {
    float[] values = {
      1,
      Float.intBitsToFloat(0xFFC12345),
      Float.NEGATIVE_INFINITY,
      Float.intBitsToFloat(0x7FFF_FFFF),
      2
    };
    MemorySegment into = MemorySegment.ofArray(new long[8]);

    assertThat(kernels.codec(DType.F16).encode(values, into, 1, 5)).isEqualTo(3);
    assertThat(shorts(into, 1, 5)).containsExactly(0x3C00, 0x7E00, 0xFC00, 0x7E00, 0x4000);
    assertThat(kernels.codec(DType.BF16).encode(values, into, 1, 5)).isEqualTo(3);
    assertThat(shorts(into, 1, 5)).containsExactly(0x3F80, 0x7FC0, 0xFF80, 0x7FC0, 0x4000);
    assertThat(kernels.codec(DType.F32).encode(values, into, 1, 5)).isEqualTo(3);
    assertThat(into.get(ValueLayout.JAVA_INT_UNALIGNED, 5)).isEqualTo(0x7FC0_0000);
    assertThat(kernels.codec(DType.F64).encode(values, into, 1, 5)).isEqualTo(3);
    assertThat(into.get(ValueLayout.JAVA_LONG_UNALIGNED, 9)).isEqualTo(0x7FF8_0000_0000_0000L);
    assertThat(into.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 17)).isEqualTo(Double.NEGATIVE_INFINITY);
  }

  @Test
  void countsWhatOverflows() {
    MemorySegment into = MemorySegment.ofArray(new long[8]);
    assertThat(
            kernels
                .codec(DType.F16)
                .encode(new float[] {65504, 65519.996f, 65520, -1e6f}, into, 0, 4))
        .isEqualTo(2);
    assertThat(
            kernels
                .codec(DType.BF16)
                .encode(new float[] {3e38f, 0x1.FEFFFEp127f, 0x1.FFp127f}, into, 0, 3))
        .isEqualTo(1);
    assertThat(kernels.codec(DType.F8_E4M3).encode(new float[] {464, 465}, into, 0, 2))
        .isEqualTo(1);
  }

  @Test
  void roundsF64ToTheNearestF32() {
    MemorySegment stored =
        MemorySegment.ofArray(new double[] {0.1, 1 + 0x1p-24, 1 + 0x1.8p-23, 1e300, 1e-300, -0.0});
    float[] into = new float[6];
    kernels.codec(DType.F64).decode(stored, 0, into, 6);
    assertThat(into).containsExactly(0.1f, 1f, 1 + 0x1p-22f, Float.POSITIVE_INFINITY, 0f, -0f);
  }

  @Test
  void isMissingForWhatIsNotBlended() {
    assertThatThrownBy(() -> kernels.codec(DType.I64))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no codec for I64: ask DType.isBlendable() first");
  }

  /// Takes every two neighbouring magnitudes of the dtype: each encodes to itself, what is just
  /// below their middle to the lower, what is just above to the upper, and the middle to the one
  /// that is stored as an even number.
  private void assertThatRoundsToNearestEven(DType dtype, int overflow) {
    int width = dtype.bits() / 8;
    int count = overflow;
    MemorySegment stored = Arena.ofAuto().allocate(2L * count);
    for (int i = 0; i < count; i++) {
      put(stored, width, i, i);
    }
    float[] values = new float[count];
    kernels.codec(dtype).decode(stored, 0, values, count);
    int sign = 1 << dtype.bits() - 1;
    for (float factor : new float[] {1, -1}) {
      int extra = factor < 0 ? sign : 0;
      float[] exact = new float[count - 1];
      float[] below = new float[count - 1];
      float[] middle = new float[count - 1];
      float[] above = new float[count - 1];
      int[] lower = new int[count - 1];
      int[] even = new int[count - 1];
      int[] upper = new int[count - 1];
      for (int i = 0; i < count - 1; i++) {
        float half = (float) (((double) values[i] + values[i + 1]) / 2);
        exact[i] = factor * values[i];
        below[i] = factor * Math.nextDown(half);
        middle[i] = factor * half;
        above[i] = factor * Math.nextUp(half);
        lower[i] = i | extra;
        even[i] = i + (i & 1) | extra;
        upper[i] = i + 1 | extra;
      }
      assertThat(encode(dtype, exact)).isEqualTo(lower);
      assertThat(encode(dtype, below)).isEqualTo(lower);
      assertThat(encode(dtype, middle)).isEqualTo(even);
      assertThat(encode(dtype, above)).isEqualTo(upper);
    }
  }

  private int[] encode(DType dtype, float[] values) {
    int width = dtype.bits() / 8;
    MemorySegment into = Arena.ofAuto().allocate((long) values.length * width);
    kernels.codec(dtype).encode(values, into, 0, values.length);
    int[] stored = new int[values.length];
    for (int i = 0; i < stored.length; i++) {
      stored[i] =
          width == 1
              ? into.get(ValueLayout.JAVA_BYTE, i) & 0xFF
              : into.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i) & 0xFFFF;
    }
    return stored;
  }

  private float[] decodeAll16(DType dtype) {
    MemorySegment stored = Arena.ofAuto().allocate(2L << 16);
    for (int i = 0; i < 1 << 16; i++) {
      put(stored, 2, i, i);
    }
    float[] values = new float[1 << 16];
    kernels.codec(dtype).decode(stored, 0, values, values.length);
    return values;
  }

  private static void put(MemorySegment stored, int width, int index, int value) {
    if (width == 1) {
      stored.set(ValueLayout.JAVA_BYTE, index, (byte) value);
    } else {
      stored.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * index, (short) value);
    }
  }

  private float[] decode8(DType dtype, int... stored) {
    MemorySegment from = Arena.ofAuto().allocate(stored.length);
    for (int i = 0; i < stored.length; i++) {
      put(from, 1, i, stored[i]);
    }
    float[] values = new float[stored.length];
    kernels.codec(dtype).decode(from, 0, values, values.length);
    return values;
  }

  private int[] encode8(DType dtype, float... values) {
    return encode(dtype, values);
  }

  private static int[] shorts(MemorySegment from, long offset, int count) {
    int[] values = new int[count];
    for (int i = 0; i < count; i++) {
      values[i] = from.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset + 2L * i) & 0xFFFF;
    }
    return values;
  }
}
