package dev.mokume.internal.kernel;

/// The types of GGUF with 256 elements a block: groups of 16 or 32 elements have small whole
/// numbers for scales (and offsets), which F16 numbers of the block are multiplied with.
///
/// Source: ggml's `ggml-quants.c`, whose layouts and formulas these are.
final class SuperBlocks {
  static final int ELEMENTS = 256;

  /// Where the F16 scale stands in a block; in the other types it is first.
  static final int Q2_SCALE = 80;

  static final int Q3_SCALE = 108;
  static final int Q6_SCALE = 208;

  private SuperBlocks() {}

  /// 16 groups: `(d * scale) * q - (m * offset)`. 16 bytes of scales (lower four bits) and offsets,
  /// 64 bytes of levels, d, m. A byte holds the levels of four elements, 32 elements apart.
  static void decodeQ2(byte[] blocks, int at, float[] into, int start) {
    float d = Halves.get(blocks, at + Q2_SCALE);
    float m = Halves.get(blocks, at + Q2_SCALE + 2);
    for (int group = 0; group < 16; group++) {
      int packed = blocks[at + group];
      float scale = d * (packed & 0xF);
      float offset = m * (packed >> 4 & 0xF);
      int levels = at + 16 + pairsOf(group);
      int shift = shiftOf(group);
      for (int i = 0; i < 16; i++) {
        int q = blocks[levels + i] >> shift & 3;
        into[start + group * 16 + i] = scale * q - offset;
      }
    }
  }

  /// 16 groups: `(d * (scale - 32)) * (q - 4)`, without the 4 where the element's third bit is set.
  /// 32 bytes of third bits, 64 of the lower two, 12 of scales, d.
  static void decodeQ3(byte[] blocks, int at, float[] into, int start) {
    float d = Halves.get(blocks, at + Q3_SCALE);
    for (int group = 0; group < 16; group++) {
      float scale = d * (scaleOfQ3(blocks, at + 96, group) - 32);
      int levels = at + 32 + pairsOf(group);
      int thirds = at + group % 2 * 16;
      int shift = shiftOf(group);
      int bit = group / 2;
      for (int i = 0; i < 16; i++) {
        int third = blocks[thirds + i] >> bit & 1;
        int q = (blocks[levels + i] >> shift & 3 | third << 2) - 4;
        into[start + group * 16 + i] = scale * q;
      }
    }
  }

  /// Where the two lower bits of a group's elements start: 32 bytes hold 128 elements.
  private static int pairsOf(int group) {
    return group / 8 * 32 + group % 2 * 16;
  }

  private static int shiftOf(int group) {
    return group % 8 / 2 * 2;
  }

  /// Six bits: the lower four of groups 0 to 7 and 8 to 15 share eight bytes, the upper two of four
  /// groups share a byte behind them.
  private static int scaleOfQ3(byte[] blocks, int at, int group) {
    int low = blocks[at + group % 8] >> group / 8 * 4 & 0xF;
    int high = blocks[at + 8 + group % 4] >> group / 4 * 2 & 3;
    return low | high << 4;
  }

  /// 8 groups: `(d * scale) * q - (m * offset)`. d, m, 12 bytes of scales and offsets, 128 bytes of
  /// levels; a byte holds an element and the one 32 behind it.
  static void decodeQ4(byte[] blocks, int at, float[] into, int start) {
    float d = Halves.get(blocks, at);
    float m = Halves.get(blocks, at + 2);
    for (int group = 0; group < 8; group++) {
      float scale = d * scaleOf(blocks, at + 4, group);
      float offset = m * offsetOf(blocks, at + 4, group);
      int levels = at + 16 + group / 2 * 32;
      int shift = group % 2 * 4;
      for (int i = 0; i < 32; i++) {
        int q = blocks[levels + i] >> shift & 0xF;
        into[start + group * 32 + i] = scale * q - offset;
      }
    }
  }

  /// As Q4_K, with 32 bytes of fifth bits before the levels: bit `group` of byte `i` is that of the
  /// group's element `i`.
  static void decodeQ5(byte[] blocks, int at, float[] into, int start) {
    float d = Halves.get(blocks, at);
    float m = Halves.get(blocks, at + 2);
    for (int group = 0; group < 8; group++) {
      float scale = d * scaleOf(blocks, at + 4, group);
      float offset = m * offsetOf(blocks, at + 4, group);
      int levels = at + 48 + group / 2 * 32;
      int shift = group % 2 * 4;
      for (int i = 0; i < 32; i++) {
        int fifth = blocks[at + 16 + i] >> group & 1;
        int q = blocks[levels + i] >> shift & 0xF | fifth << 4;
        into[start + group * 32 + i] = scale * q - offset;
      }
    }
  }

  /// A group's scale of six bits: those of groups 0 to 3 have a byte each; those of 4 to 7 have
  /// four bits behind the offsets and two in the spare bits of the first four scales.
  static int scaleOf(byte[] blocks, int at, int group) {
    return group < 4
        ? blocks[at + group] & 63
        : blocks[at + group + 4] & 0xF | (blocks[at + group - 4] >> 6 & 3) << 4;
  }

  /// A group's offset of six bits, stored as its scale is.
  static int offsetOf(byte[] blocks, int at, int group) {
    return group < 4
        ? blocks[at + group + 4] & 63
        : blocks[at + group + 4] >> 4 & 0xF | (blocks[at + group] >> 6 & 3) << 4;
  }

  /// 16 groups: `(d * scale) * (q - 32)`. 128 bytes of lower bits, 64 of the upper two, 16 signed
  /// scales, d. In each half of the block a lower byte holds two elements, 64 apart, an upper byte
  /// four, 32 apart.
  static void decodeQ6(byte[] blocks, int at, float[] into, int start) {
    float d = Halves.get(blocks, at + Q6_SCALE);
    for (int group = 0; group < 16; group++) {
      float scale = d * blocks[at + 192 + group];
      int half = group / 8;
      int quarter = group % 8 / 2;
      int low = at + half * 64 + quarter % 2 * 32 + group % 2 * 16;
      int high = at + 128 + half * 32 + group % 2 * 16;
      int shift = quarter / 2 * 4;
      for (int i = 0; i < 16; i++) {
        int upper = blocks[high + i] >> quarter * 2 & 3;
        int q = (blocks[low + i] >> shift & 0xF | upper << 4) - 32;
        into[start + group * 16 + i] = scale * q;
      }
    }
  }

  /// 8 groups: `(d * (scale - 32)) * value(q)`, levels as in IQ4_NL. d, the upper two bits of the
  /// scales, their lower four, levels.
  static void decodeIq4Xs(byte[] blocks, int at, float[] into, int start) {
    float d = Halves.get(blocks, at);
    int high = blocks[at + 2] & 0xFF | (blocks[at + 3] & 0xFF) << 8;
    for (int group = 0; group < 8; group++) {
      int low = blocks[at + 4 + group / 2] >> group % 2 * 4 & 0xF;
      int scale = (low | (high >> 2 * group & 3) << 4) - 32;
      SmallBlocks.decodeNonLinear(blocks, at + 8 + group * 16, d * scale, into, start + group * 32);
    }
  }
}
