package dev.mokume.internal.kernel;

/// The types of GGUF with 32 elements a block: an F16 scale `d`, for some an F16 offset `m`, then
/// the elements' levels. Element `i` of the first half shares a byte with element `i + 16`: the
/// lower four bits are the first's.
///
/// Source: ggml's `ggml-quants.c`, whose layouts and formulas these are.
final class SmallBlocks {
  static final int ELEMENTS = 32;
  private static final int HALF = ELEMENTS / 2;

  /// The levels of IQ4_NL and IQ4_XS, which lie closer to one another around 0.
  private static final float[] NON_LINEAR = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  private SmallBlocks() {}

  /// `d * (q - 8)`
  static void decodeQ4_0(byte[] blocks, int at, float[] into, int start) {
    float d = Halves.get(blocks, at);
    for (int i = 0; i < HALF; i++) {
      int levels = blocks[at + 2 + i];
      into[start + i] = ((levels & 0xF) - 8) * d;
      into[start + i + HALF] = ((levels >> 4 & 0xF) - 8) * d;
    }
  }

  /// `d * q + m`
  static void decodeQ4_1(byte[] blocks, int at, float[] into, int start) {
    float d = Halves.get(blocks, at);
    float m = Halves.get(blocks, at + 2);
    for (int i = 0; i < HALF; i++) {
      int levels = blocks[at + 4 + i];
      into[start + i] = (levels & 0xF) * d + m;
      into[start + i + HALF] = (levels >> 4 & 0xF) * d + m;
    }
  }

  /// `d * (q - 16)`; the fifth bits of all elements are together.
  static void decodeQ5_0(byte[] blocks, int at, float[] into, int start) {
    float d = Halves.get(blocks, at);
    int fifth = word(blocks, at + 2);
    for (int i = 0; i < HALF; i++) {
      int levels = blocks[at + 6 + i];
      into[start + i] = ((levels & 0xF | (fifth >>> i & 1) << 4) - 16) * d;
      into[start + i + HALF] = ((levels >> 4 & 0xF | (fifth >>> i + HALF & 1) << 4) - 16) * d;
    }
  }

  /// `d * q + m`, with five bits as in Q5_0.
  static void decodeQ5_1(byte[] blocks, int at, float[] into, int start) {
    float d = Halves.get(blocks, at);
    float m = Halves.get(blocks, at + 2);
    int fifth = word(blocks, at + 4);
    for (int i = 0; i < HALF; i++) {
      int levels = blocks[at + 8 + i];
      into[start + i] = (levels & 0xF | (fifth >>> i & 1) << 4) * d + m;
      into[start + i + HALF] = (levels >> 4 & 0xF | (fifth >>> i + HALF & 1) << 4) * d + m;
    }
  }

  /// `d * q`, a signed byte an element.
  static void decodeQ8_0(byte[] blocks, int at, float[] into, int start) {
    float d = Halves.get(blocks, at);
    for (int i = 0; i < ELEMENTS; i++) {
      into[start + i] = blocks[at + 2 + i] * d;
    }
  }

  /// `d * value(q)`
  static void decodeIq4Nl(byte[] blocks, int at, float[] into, int start) {
    decodeNonLinear(blocks, at + 2, Halves.get(blocks, at), into, start);
  }

  /// 32 elements of four bits from `at` on.
  static void decodeNonLinear(byte[] blocks, int at, float d, float[] into, int start) {
    for (int i = 0; i < HALF; i++) {
      int levels = blocks[at + i];
      into[start + i] = d * NON_LINEAR[levels & 0xF];
      into[start + i + HALF] = d * NON_LINEAR[levels >> 4 & 0xF];
    }
  }

  /// The value of the greatest magnitude becomes level 0, that is -8.
  static void encodeQ4_0(float[] from, int start, byte[] blocks, int at) {
    float d = greatest(from, start) / -8;
    Halves.put(blocks, at, d);
    float inverse = inverse(d);
    for (int i = 0; i < HALF; i++) {
      int low = Math.clamp((int) (from[start + i] * inverse + 8.5f), 0, 15);
      int high = Math.clamp((int) (from[start + i + HALF] * inverse + 8.5f), 0, 15);
      blocks[at + 2 + i] = (byte) (low | high << 4);
    }
  }

  /// As Q4_0, with 32 levels.
  static void encodeQ5_0(float[] from, int start, byte[] blocks, int at) {
    float d = greatest(from, start) / -16;
    Halves.put(blocks, at, d);
    float inverse = inverse(d);
    int fifth = 0;
    for (int i = 0; i < HALF; i++) {
      int low = Math.clamp((int) (from[start + i] * inverse + 16.5f), 0, 31);
      int high = Math.clamp((int) (from[start + i + HALF] * inverse + 16.5f), 0, 31);
      blocks[at + 6 + i] = (byte) (low & 0xF | (high & 0xF) << 4);
      fifth |= low >> 4 << i | high >> 4 << i + HALF;
    }
    for (int i = 0; i < Integer.BYTES; i++) {
      blocks[at + 2 + i] = (byte) (fifth >>> Byte.SIZE * i);
    }
  }

  /// The greatest magnitude becomes 127; levels are rounded to nearest, halves away from 0.
  static void encodeQ8_0(float[] from, int start, byte[] blocks, int at) {
    float d = Math.abs(greatest(from, start)) / 127;
    Halves.put(blocks, at, d);
    float inverse = inverse(d);
    for (int i = 0; i < ELEMENTS; i++) {
      float level = from[start + i] * inverse;
      // Below a half nothing is added: the sum could be rounded up to 1.
      float half = Math.abs(level) < 0.5f ? 0 : Math.copySign(0.5f, level);
      blocks[at + 2 + i] = (byte) (level + half);
    }
  }

  /// The first value of the greatest magnitude, with its sign.
  private static float greatest(float[] from, int start) {
    float greatest = 0;
    for (int i = 0; i < ELEMENTS; i++) {
      float value = from[start + i];
      greatest = Math.abs(value) > Math.abs(greatest) ? value : greatest;
    }
    return greatest;
  }

  private static float inverse(float d) {
    return d == 0 ? 0 : 1 / d;
  }

  private static int word(byte[] blocks, int at) {
    return blocks[at] & 0xFF
        | (blocks[at + 1] & 0xFF) << 8
        | (blocks[at + 2] & 0xFF) << 16
        | blocks[at + 3] << 24;
  }
}
