package dev.mokume.golden;

import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A tensor of the golden data or of a result, as stored.
record GoldenTensor(DType dtype, Shape shape, byte[] bytes) {
  int count() {
    return Math.toIntExact(shape.elementCount());
  }

  /// Whether dtype, shape and every bit agree.
  boolean isBitIdenticalTo(GoldenTensor other) {
    return dtype.equals(other.dtype)
        && shape.equals(other.shape)
        && Arrays.equals(bytes, other.bytes);
  }

  /// The elements as numbers. Exact, but for integers beyond 2^53.
  double[] values() {
    ByteBuffer from = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    double[] values = new double[count()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (dtype.name()) {
            case "F64" -> from.getDouble();
            case "F32" -> from.getFloat();
            case "F16" -> Float.float16ToFloat(from.getShort());
            case "BF16" -> Float.intBitsToFloat(from.getShort() << 16);
            case "I64" -> from.getLong();
            case "I32" -> from.getInt();
            case "BOOL", "U8" -> from.get() & 0xff;
            default ->
                throw new IllegalArgumentException("the golden harness does not read " + dtype);
          };
    }
    return values;
  }

  /// Where the elements are not zero.
  GoldenTensor truth() {
    double[] values = values();
    boolean[] truth = new boolean[values.length];
    for (int i = 0; i < values.length; i++) {
      truth[i] = values[i] != 0;
    }
    return ofBooleans(shape, truth);
  }

  static GoldenTensor ofFloats(Shape shape, float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return new GoldenTensor(DType.F32, shape, bytes.array());
  }

  static GoldenTensor ofBooleans(Shape shape, boolean[] values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) (values[i] ? 1 : 0);
    }
    return new GoldenTensor(DType.BOOL, shape, bytes);
  }

  /// `value` rounded once, to nearest even, to what `dtype` can hold.
  static double rounded(double value, DType dtype) {
    return switch (dtype.name()) {
      case "F32" -> (float) value;
      case "F16" -> Float.float16ToFloat(Float.floatToFloat16((float) value));
      case "BF16" -> bf16((float) value);
      default -> value;
    };
  }

  private static double bf16(float value) {
    if (!Float.isFinite(value)) {
      return value;
    }
    int bits = Float.floatToRawIntBits(value);
    int even = (bits >>> 16) & 1;
    return Float.intBitsToFloat((bits + 0x7fff + even) & 0xffff0000);
  }
}
