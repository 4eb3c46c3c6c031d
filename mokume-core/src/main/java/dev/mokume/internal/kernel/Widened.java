package dev.mokume.internal.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/// Two operands' BF16 elements as f32, in native memory that is written as bits, computed on as
/// floats and read as bits again.
///
/// C2 does not vectorise [Float#intBitsToFloat], nor what reads a float of a memory segment, but it
/// does vectorise the views of a direct buffer, in loops from 0 to a constant. An array cannot
/// overlap them, so that it may be walked from any index on. They hold so few elements that all of
/// it stays in the first cache.
final class Widened {
  /// Ints of two BF16 elements that are widened at a time.
  static final int PAIRS = 512;

  /// Elements of an operand.
  static final int ELEMENTS = 2 * PAIRS;

  /// The first operand's lower elements, of even index, then its upper ones.
  final IntBuffer bitsA;

  /// The second operand's likewise.
  final IntBuffer bitsB;

  /// Both, one after the other.
  final FloatBuffer values;

  Widened() {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(2 * ELEMENTS * Float.BYTES).order(ByteOrder.nativeOrder());
    IntBuffer bits = bytes.asIntBuffer();
    bitsA = bits.slice(0, ELEMENTS);
    bitsB = bits.slice(ELEMENTS, ELEMENTS);
    values = bytes.asFloatBuffer();
  }

  static float lower(int pair) {
    return Float.intBitsToFloat(pair << 16);
  }

  static float upper(int pair) {
    return Float.intBitsToFloat(pair & 0xFFFF_0000);
  }

  /// Rounds the bits of two floats to a pair of BF16 elements. A NaN cannot round into something
  /// else here: its payload comes from a BF16 and so has a lower half of zeros.
  static int pair(int lower, int upper) {
    return upper + 0x7FFF + (upper >>> 16 & 1) & 0xFFFF_0000
        | lower + 0x7FFF + (lower >>> 16 & 1) >>> 16;
  }
}
