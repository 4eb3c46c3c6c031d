package dev.mokume.tensor;

/// How elements lie in bytes: every `elements` consecutive ones, a block, take `bytes`. A block of
/// F16 is one element of 2 bytes, of a mask's bits 8 elements in 1 byte, of Q8_0 32 elements in 34.
///
/// @param elements a power of two of at most 256
/// @param bytes 0 where the size is not known
public record Packing(int elements, int bytes) {
  /// Of a dtype whose size is not known.
  public static final Packing UNKNOWN = new Packing(1, 0);

  /// Of mask bits.
  public static final Packing BITS = new Packing(8, 1);

  public Packing {
    if (elements < 1 || elements > 256 || Integer.bitCount(elements) != 1 || bytes < 0) {
      throw new IllegalArgumentException(elements + " elements in " + bytes + " bytes");
    }
  }

  /// The least block of elements that each take `bits`; [#UNKNOWN] for 0.
  public static Packing ofBits(int bits) {
    if (bits == 0) {
      return UNKNOWN;
    }
    int elements = Byte.SIZE / Math.min(Byte.SIZE, Integer.lowestOneBit(bits));
    return new Packing(elements, bits * elements / Byte.SIZE);
  }

  public boolean isKnown() {
    return bytes > 0;
  }

  /// Whether so many elements are whole blocks.
  public boolean holds(long count) {
    return count % elements == 0;
  }

  /// The bytes of so many elements; the last block counts whole.
  ///
  /// @throws ArithmeticException if they do not fit a `long`
  public long bytes(long count) {
    return Math.multiplyExact(Math.ceilDiv(count, elements), (long) bytes);
  }
}
