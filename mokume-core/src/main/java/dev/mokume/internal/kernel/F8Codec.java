package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The two 8-bit floats that checkpoints use. Source: OCP 8-bit Floating Point Specification
/// (OFP8), without its saturating mode: what is too great becomes NaN in E4M3, which has no
/// infinity, and infinity in E5M2.
final class F8Codec implements Codec {
  private final Format format;
  private final float[] values = new float[256];

  private F8Codec(Format format) {
    this.format = format;
    for (int stored = 0; stored < values.length; stored++) {
      values[stored] = format.decode(stored);
    }
  }

  /// 4 bits of exponent, 3 of mantissa: finite but for NaN, up to 448.
  static F8Codec e4m3() {
    return new F8Codec(new Format(3, 7, 0x7E, 0x7F, 0x7F));
  }

  /// 5 bits of exponent, 2 of mantissa: the upper half of an F16.
  static F8Codec e5m2() {
    return new F8Codec(new Format(2, 15, 0x7B, 0x7C, 0x7E));
  }

  @Override
  public void decode(MemorySegment from, long offset, float[] into, int count) {
    for (int i = 0; i < count; i++) {
      into[i] = values[from.get(ValueLayout.JAVA_BYTE, offset + i) & 0xFF];
    }
  }

  @Override
  public int encode(float[] from, MemorySegment into, long offset, int count) {
    byte[] bytes = Scratch.ofThread().bytes;
    int found = 0;
    for (int start = 0; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      for (int i = 0; i < length; i++) {
        int stored = format.encode(from[start + i]);
        bytes[i] = (byte) stored;
        found += format.isNonFinite(stored) ? 1 : 0;
      }
      MemorySegment.copy(bytes, 0, into, ValueLayout.JAVA_BYTE, offset + start, length);
    }
    return found;
  }

  /// An 8-bit float: a sign, an exponent and a mantissa, with subnormals.
  ///
  /// @param mantissaBits how many of the lower bits are mantissa
  /// @param bias what is added to an exponent when it is stored
  /// @param greatest the greatest finite magnitude, as stored
  /// @param overflow what a greater magnitude becomes, as stored
  /// @param canonicalNan as stored
  private record Format(int mantissaBits, int bias, int greatest, int overflow, int canonicalNan) {
    float decode(int stored) {
      int magnitude = stored & 0x7F;
      float value;
      if (magnitude > overflow || magnitude == canonicalNan) {
        return Float.NaN;
      } else if (magnitude > greatest) {
        value = Float.POSITIVE_INFINITY;
      } else if (magnitude >>> mantissaBits == 0) {
        value = magnitude * leastSubnormal();
      } else {
        value = Float.intBitsToFloat((magnitude << 23 - mantissaBits) + (127 - bias << 23));
      }
      return (stored & 0x80) == 0 ? value : -value;
    }

    int encode(float value) {
      if (Float.isNaN(value)) {
        return canonicalNan;
      }
      int bits = Float.floatToRawIntBits(value);
      int magnitude = bits & 0x7FFF_FFFF;
      int stored =
          magnitude < 128 - bias << 23 ? roundSubnormal(magnitude) : roundNormal(magnitude);
      int sign = bits >>> 24 & 0x80;
      if (stored > greatest) {
        // A NaN that overflow made is canonical too: without a sign.
        return overflow == canonicalNan ? canonicalNan : sign | overflow;
      }
      return sign | stored;
    }

    boolean isNonFinite(int stored) {
      return (stored & 0x7F) > greatest;
    }

    private float leastSubnormal() {
      return Float.intBitsToFloat(127 + 1 - bias - mantissaBits << 23);
    }

    /// Below the least normal number every step is one unit of the subnormals: a power of two is
    /// added whose last place is that unit, so that the addition itself rounds to nearest even.
    private int roundSubnormal(int magnitude) {
      float shift = leastSubnormal() * (1 << 23);
      return Float.floatToRawIntBits(Float.intBitsToFloat(magnitude) + shift)
          - Float.floatToRawIntBits(shift);
    }

    private int roundNormal(int magnitude) {
      int dropped = 23 - mantissaBits;
      int rounded =
          magnitude - (127 - bias << 23) + (1 << dropped - 1) - 1 + (magnitude >>> dropped & 1);
      return rounded >>> dropped;
    }
  }
}
