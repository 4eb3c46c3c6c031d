package dev.mokume.lora;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.OptionalDouble;

/// A tensor that holds one number, such as an alpha.
final class SmallNumber {
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private SmallNumber() {}

  /// Reads the number; nothing if the tensor has not exactly one, or one that is not finite.
  static OptionalDouble of(StoredTensor tensor) {
    DType dtype = tensor.spec().dtype();
    boolean readable = dtype.isBlendable() || dtype.equals(DType.I64) || dtype.equals(DType.I32);
    if (tensor.spec().elementCount() != 1 || !readable) {
      return OptionalDouble.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(tensor.length());
      tensor.source().read(tensor.offset(), bytes);
      double value = value(dtype, bytes);
      return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
    }
  }

  private static double value(DType dtype, MemorySegment bytes) {
    if (dtype.equals(DType.I64)) {
      return bytes.get(LONG, 0);
    }
    if (dtype.equals(DType.I32)) {
      return bytes.get(INT, 0);
    }
    float[] value = new float[1];
    Kernels.scalar().codec(dtype).decode(bytes, 0, value, 1);
    return value[0];
  }
}
