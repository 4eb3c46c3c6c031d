package dev.mokume.internal.engine;

import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.random.DrawSequence;
import dev.mokume.plugin.RandomNumbers;

/// A sequence of draws, read one after the other. It is drawn in whole blocks, as everywhere.
final class BlockNumbers implements RandomNumbers {
  private final DrawSequence sequence;
  private final long total;
  private final float[] block = new float[Block.ELEMENTS];
  private long next;

  /// @param total numbers that there are
  BlockNumbers(DrawSequence sequence, long total) {
    this.sequence = sequence;
    this.total = total;
  }

  @Override
  public void uniform(float[] out, int count) {
    take(out, count, sequence::uniform);
  }

  @Override
  public void normal(float[] out, int count) {
    take(out, count, (first, into, length) -> sequence.normal(first, 0, 1, into, length));
  }

  private interface BlockSource {
    void fill(long first, float[] into, int count);
  }

  private void take(float[] out, int count, BlockSource source) {
    if (count > total - next) {
      throw new IllegalArgumentException(
          "%s random numbers are left, but %s were asked for".formatted(total - next, count));
    }
    for (int at = 0; at < count; ) {
      int inBlock = (int) (next % Block.ELEMENTS);
      if (inBlock == 0) {
        source.fill(next, block, (int) Math.min(Block.ELEMENTS, total - next));
      }
      int length = Math.min(count - at, Block.ELEMENTS - inBlock);
      System.arraycopy(block, inBlock, out, at, length);
      at += length;
      next += length;
    }
  }
}
