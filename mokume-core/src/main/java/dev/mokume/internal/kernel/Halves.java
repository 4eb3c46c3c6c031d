package dev.mokume.internal.kernel;

/// The F16 numbers within blocks: scales and offsets.
final class Halves {
  private Halves() {}

  static float get(byte[] blocks, int at) {
    return Float.float16ToFloat((short) (blocks[at] & 0xFF | blocks[at + 1] << 8));
  }

  /// Writes `value`, rounded to nearest even, and returns what is then there.
  static float put(byte[] blocks, int at, float value) {
    short half = Float.floatToFloat16(value);
    put(blocks, at, half);
    return Float.float16ToFloat(half);
  }

  static void put(byte[] blocks, int at, short half) {
    blocks[at] = (byte) half;
    blocks[at + 1] = (byte) (half >> 8);
  }
}
