package dev.mokume.internal.kernel;

/// How values become super-blocks: each group's scale is searched, scales are rounded to a few
/// bits, and levels are formed anew with what the scales have become. Layouts are those of
/// [SuperBlocks].
///
/// Source: ggml's `quantize_row_q4_K_ref`, `q5_K` and `q6_K`.
final class SuperBlockEncoding {
  private static final int GROUPS = 8;
  private static final int GROUP = 32;

  /// Super-blocks of smaller scales are stored as zeros.
  private static final float NOTHING = 1e-15f;

  private SuperBlockEncoding() {}

  static void encodeQ4(float[] from, int start, byte[] blocks, int at) {
    float d = scaleGroups(from, start, blocks, at, 15, -1, 20);
    float m = Halves.get(blocks, at + 2);
    for (int group = 0; group < GROUPS; group++) {
      float scale = d * SuperBlocks.scaleOf(blocks, at + 4, group);
      float offset = m * SuperBlocks.offsetOf(blocks, at + 4, group);
      for (int i = 0; scale != 0 && i < GROUP; i++) {
        float x = from[start + group * GROUP + i];
        int level = ScaleSearch.nearest((x + offset) / scale, 0, 15);
        blocks[at + 16 + group / 2 * GROUP + i] |= (byte) (level << group % 2 * 4);
      }
    }
  }

  static void encodeQ5(float[] from, int start, byte[] blocks, int at) {
    float d = scaleGroups(from, start, blocks, at, 31, -0.5f, 15);
    float m = Halves.get(blocks, at + 2);
    for (int group = 0; group < GROUPS; group++) {
      float scale = d * SuperBlocks.scaleOf(blocks, at + 4, group);
      float offset = m * SuperBlocks.offsetOf(blocks, at + 4, group);
      for (int i = 0; scale != 0 && i < GROUP; i++) {
        float x = from[start + group * GROUP + i];
        int level = ScaleSearch.nearest((x + offset) / scale, 0, 31);
        blocks[at + 16 + i] |= (byte) (level >> 4 << group);
        blocks[at + 48 + group / 2 * GROUP + i] |= (byte) ((level & 0xF) << group % 2 * 4);
      }
    }
  }

  /// Searches the scales and offsets of all groups and writes them. Returns the block's own scale
  /// as it is stored.
  private static float scaleGroups(
      float[] from, int start, byte[] blocks, int at, int levels, float lowest, int steps) {
    ScaleSearch search = Scratch.ofThread().scaleSearch;
    float maxScale = 0;
    float maxOffset = 0;
    for (int group = 0; group < GROUPS; group++) {
      search.scales[group] = search.offsetScale(from, start + group * GROUP, levels, lowest, steps);
      search.offsets[group] = search.offset;
      maxScale = Math.max(maxScale, search.scales[group]);
      maxOffset = Math.max(maxOffset, search.offsets[group]);
    }
    float inverseScale = maxScale > 0 ? 63 / maxScale : 0;
    float inverseOffset = maxOffset > 0 ? 63 / maxOffset : 0;
    for (int group = 0; group < GROUPS; group++) {
      put(
          blocks,
          at + 4,
          group,
          ScaleSearch.nearest(inverseScale * search.scales[group], 0, 63),
          ScaleSearch.nearest(inverseOffset * search.offsets[group], 0, 63));
    }
    Halves.put(blocks, at + 2, maxOffset / 63);
    return Halves.put(blocks, at, maxScale / 63);
  }

  private static void put(byte[] blocks, int at, int group, int scale, int offset) {
    if (group < 4) {
      blocks[at + group] = (byte) scale;
      blocks[at + group + 4] = (byte) offset;
    } else {
      blocks[at + group + 4] = (byte) (scale & 0xF | (offset & 0xF) << 4);
      blocks[at + group - 4] |= (byte) (scale >> 4 << 6);
      blocks[at + group] |= (byte) (offset >> 4 << 6);
    }
  }

  static void encodeQ6(float[] from, int start, byte[] blocks, int at) {
    ScaleSearch search = Scratch.ofThread().scaleSearch;
    float greatest = 0;
    for (int group = 0; group < 16; group++) {
      float scale = search.signedScale(from, start + group * 16, 16, 32);
      search.scales[group] = scale;
      greatest = Math.abs(scale) > Math.abs(greatest) ? scale : greatest;
    }
    if (Math.abs(greatest) < NOTHING) {
      return;
    }
    float inverse = -128 / greatest;
    float d = Halves.put(blocks, at + SuperBlocks.Q6_SCALE, 1 / inverse);
    for (int group = 0; group < 16; group++) {
      int scale = ScaleSearch.nearest(inverse * search.scales[group], -128, 127);
      blocks[at + 192 + group] = (byte) scale;
      encodeQ6(from, start, blocks, at, group, d * scale);
    }
  }

  private static void encodeQ6(
      float[] from, int start, byte[] blocks, int at, int group, float scale) {
    int half = group / 8;
    int quarter = group % 8 / 2;
    int low = at + half * 64 + quarter % 2 * 32 + group % 2 * 16;
    int high = at + 128 + half * 32 + group % 2 * 16;
    for (int i = 0; i < 16; i++) {
      // Where the scale is nothing, the levels that the search had stay; they are read as 0.
      float x = from[start + group * 16 + i];
      int level = scale == 0 ? 32 : ScaleSearch.nearest(x / scale, -32, 31) + 32;
      blocks[low + i] |= (byte) ((level & 0xF) << quarter / 2 * 4);
      blocks[high + i] |= (byte) (level >> 4 << quarter * 2);
    }
  }
}
