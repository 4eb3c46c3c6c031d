package dev.mokume.internal.engine;

import dev.mokume.internal.kernel.Block;

/// Counts the bits that are set in each block of a mask; then knows how many are set before each.
final class BlockCounter implements Accumulator {
  private final long[] counts;

  BlockCounter(long elements) {
    this.counts = new long[Math.toIntExact(Block.count(elements))];
  }

  @Override
  public void add(Workspace w, int a, int b) {
    counts[(int) (w.first / Block.ELEMENTS)] = w.kernels.bits().cardinality(w.masks[a], w.count);
  }

  @Override
  public void finish() {
    long before = 0;
    for (int block = 0; block < counts.length; block++) {
      long own = counts[block];
      counts[block] = before;
      before += own;
    }
  }

  /// How many bits are set before the block that begins at element `first`. Once it is finished.
  long before(long first) {
    return counts[(int) (first / Block.ELEMENTS)];
  }
}
