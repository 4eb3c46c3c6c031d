package dev.mokume.internal.engine;

import dev.mokume.expression.Sample;
import dev.mokume.expression.Scalar.Reduction;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Reductions;
import java.util.Arrays;

/// A statistic with one number a block; the blocks' numbers are combined in index order.
final class BlockStatistic implements Accumulator {
  /// One block's share of it.
  private interface OfBlock {
    double of(Workspace w, int a, int b);
  }

  private final double[] blocks;
  private final OfBlock ofBlock;
  private final boolean extreme;
  private final boolean least;
  private double value;

  private BlockStatistic(long elements, OfBlock ofBlock, boolean extreme, boolean least) {
    this(new double[Math.toIntExact(Block.count(elements))], ofBlock, extreme, least);
  }

  private BlockStatistic(double[] blocks, OfBlock ofBlock, boolean extreme, boolean least) {
    this.blocks = blocks;
    this.ofBlock = ofBlock;
    this.extreme = extreme;
    this.least = least;
  }

  static BlockStatistic of(Reduction reduction, long elements) {
    return switch (reduction) {
      case SUM -> sum(elements, (w, a, _) -> reductions(w).sum(w.values[a], w.count));
      case SUM_OF_SIGNS ->
          sum(elements, (w, a, _) -> reductions(w).sumOfSigns(w.values[a], w.count));
      case SUM_OF_SQUARES ->
          sum(elements, (w, a, _) -> reductions(w).sumOfSquares(w.values[a], w.count));
      case SUM_OF_MAGNITUDES ->
          sum(elements, (w, a, _) -> reductions(w).sumOfMagnitudes(w.values[a], w.count));
      case MIN ->
          new BlockStatistic(
              elements, (w, a, _) -> reductions(w).min(w.values[a], w.count), true, true);
      case MAX ->
          new BlockStatistic(
              elements, (w, a, _) -> reductions(w).max(w.values[a], w.count), true, false);
    };
  }

  static BlockStatistic dot(long elements) {
    return sum(elements, (w, a, b) -> reductions(w).dot(w.values[a], w.values[b], w.count));
  }

  /// How many bits of a mask are set: exact, since f64 holds every integer up to 2^53.
  static BlockStatistic count(long elements) {
    return sum(elements, (w, a, _) -> w.kernels.bits().cardinality(w.masks[a], w.count));
  }

  /// The same over a sample of the elements; every run of one begins and ends with a block.
  BlockStatistic of(Sample sample) {
    return new BlockStatistic(
        blocks, (w, a, b) -> sample.has(w.first) ? ofBlock.of(w, a, b) : 0, extreme, least);
  }

  private static BlockStatistic sum(long elements, OfBlock ofBlock) {
    return new BlockStatistic(elements, ofBlock, false, false);
  }

  private static Reductions reductions(Workspace w) {
    return w.kernels.reductions();
  }

  @Override
  public void add(Workspace w, int a, int b) {
    blocks[(int) (w.first / Block.ELEMENTS)] = ofBlock.of(w, a, b);
  }

  @Override
  public void finish() {
    value =
        extreme
            ? Arrays.stream(blocks)
                .reduce(
                    least ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY,
                    least ? Math::min : Math::max)
            : Reductions.combine(blocks, 0, blocks.length);
  }

  double value() {
    return value;
  }
}
