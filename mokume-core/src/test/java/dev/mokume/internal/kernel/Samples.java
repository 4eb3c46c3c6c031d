package dev.mokume.internal.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/// Values that find mistakes: every kind of special value among random bits.
final class Samples {
  /// Sizes around the widths of vectors, of mask words and of a block.
  static final int[] SIZES = {
    0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 1000, 4095, 4096
  };

  private static final int[] SPECIAL = {
    0x0000_0000, // +0
    0x8000_0000, // -0
    0x0000_0001, // least subnormal
    0x807F_FFFF, // greatest negative subnormal
    0x0080_0000, // least normal
    0x7F7F_FFFF, // greatest finite
    0xFF7F_FFFF,
    0x7F7F_7FFF, // the last that does not round to infinity as BF16
    0x7F7F_8000, // the first that does
    0x7F80_0000, // +infinity
    0xFF80_0000, // -infinity
    0x7FC0_0000, // canonical NaN
    0x7F80_0001, // signalling NaN with the least payload
    0xFFFF_FFFF, // NaN with every bit set
    0x7FFF_8000, // NaN that wraps around if it is rounded as a number
    0x477F_EFFF, // the last that does not round to infinity as F16
    0x477F_F000, // the first that does
    0x3F80_0000 // 1
  };

  private Samples() {}

  /// `count` values: half of them ordinary, a quarter of any bits, a quarter special.
  static float[] floats(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] =
          switch (random.nextInt(4)) {
            case 0 -> Float.intBitsToFloat(random.nextInt());
            case 1 -> Float.intBitsToFloat(SPECIAL[random.nextInt(SPECIAL.length)]);
            default -> (float) random.nextGaussian();
          };
    }
    return values;
  }

  /// Ordinary values only.
  static float[] finiteFloats(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  static long[] words(long seed, int count) {
    return new SplittableRandom(seed).longs(count).toArray();
  }

  /// Native memory of random bytes, at least `bytes` long.
  static MemorySegment bytes(long seed, long bytes) {
    MemorySegment memory = Arena.ofAuto().allocate(bytes + 8);
    SplittableRandom random = new SplittableRandom(seed);
    for (long i = 0; i < memory.byteSize(); i++) {
      memory.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
    }
    return memory;
  }

  static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  /// The bits of arithmetic results: kernels are free in the bits of a NaN, which encoding makes
  /// canonical.
  static int[] canonicalBits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      bits[i] = Float.floatToIntBits(values[i]);
    }
    return bits;
  }
}
