package dev.mokume.internal.engine;

import dev.mokume.expression.Scalar.Reduction;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Reductions;
import java.util.Arrays;

/// A statistic with one number a block; the blocks' numbers are combined in index order.
final class BlockStatistic implements Accumulator {
  /// One block's share of it.
  private interface OfBlock {
    double of(Reductions reductions, float[] a, float[] b, int count);
  }

  private final double[] blocks;
  private final OfBlock ofBlock;
  private final boolean extreme;
  private final boolean least;
  private double value;

  private BlockStatistic(long elements, OfBlock ofBlock, boolean extreme, boolean least) {
    this.blocks = new double[Math.toIntExact(Block.count(elements))];
    this.ofBlock = ofBlock;
    this.extreme = extreme;
    this.least = least;
  }

  static BlockStatistic of(Reduction reduction, long elements) {
    return switch (reduction) {
      case SUM -> new BlockStatistic(elements, (r, a, b, n) -> r.sum(a, n), false, false);
      case SUM_OF_SIGNS -> new BlockStatistic(elements, (r, a, b, n) -> r.sumOfSigns(a, n), false, false);
      case SUM_OF_SQUARES -> new BlockStatistic(elements, (r, a, b, n) -> r.sumOfSquares(a, n), false, false);
      case SUM_OF_MAGNITUDES -> new BlockStatistic(elements, (r, a, b, n) -> r.sumOfMagnitudes(a, n), false, false);
      case MIN -> new BlockStatistic(elements, (r, a, b, n) -> r.min(a, n), true, true);
      case MAX -> new BlockStatistic(elements, (r, a, b, n) -> r.max(a, n), true, false);
    };
  }

  static BlockStatistic dot(long elements) {
    return new BlockStatistic(elements, Reductions::dot, false, false);
  }

  @Override
  public void add(Workspace w, float[] a, float[] b) {
    blocks[(int) (w.first / Block.ELEMENTS)] = ofBlock.of(w.kernels.reductions(), a, b, w.count);
  }

  @Override
  public void finish() {
    value =
        extreme
            ? Arrays.stream(blocks)
                .reduce(least ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY, least ? Math::min : Math::max)
            : Reductions.combine(blocks, 0, blocks.length);
  }

  double value() {
    return value;
  }
}
