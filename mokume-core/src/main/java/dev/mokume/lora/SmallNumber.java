package dev.mokume.lora;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.util.OptionalDouble;
import java.util.Set;

/// A tensor that holds one number, such as an alpha.
final class SmallNumber {
  private static final Set<DType> UNSIGNED = Set.of(DType.U8, DType.U16, DType.U32, DType.U64);

  private SmallNumber() {}

  /// Reads the number, which may be NaN or infinite; nothing if the tensor has not exactly one.
  static OptionalDouble of(StoredTensor tensor) {
    DType dtype = tensor.spec().dtype();
    boolean readable = dtype.isBlendable() || dtype.kind() == DType.Kind.INTEGER;
    if (tensor.spec().elementCount() != 1 || !readable) {
      return OptionalDouble.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(tensor.length());
      tensor.source().read(tensor.offset(), bytes);
      return OptionalDouble.of(value(dtype, bytes));
    }
  }

  private static double value(DType dtype, MemorySegment bytes) {
    if (dtype.kind() == DType.Kind.INTEGER) {
      return integer(dtype, bytes).doubleValue();
    }
    float[] value = new float[1];
    Kernels.scalar().codec(dtype).decode(bytes, 0, value, 1);
    return value[0];
  }

  private static BigInteger integer(DType dtype, MemorySegment littleEndian) {
    byte[] bytes = new byte[(int) littleEndian.byteSize()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[bytes.length - 1 - i] = littleEndian.get(ValueLayout.JAVA_BYTE, i);
    }
    return UNSIGNED.contains(dtype) ? new BigInteger(1, bytes) : new BigInteger(bytes);
  }
}
