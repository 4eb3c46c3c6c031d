package dev.mokume.internal.engine;

import dev.mokume.expression.Scalar;
import dev.mokume.internal.kernel.Histogram;
import dev.mokume.internal.kernel.OrderStatistics;
import dev.mokume.internal.kernel.QuantileRule;
import dev.mokume.recipe.Mask.Quantile.Rule;
import java.util.Arrays;

/// The quantile of a tensor's magnitudes, exactly, in two passes that count and hold nothing: see [OrderStatistics].
///
/// Rules: `EXACT` takes the rank of the whole tensor and interpolates as [QuantileRule#EXACT] does. The others treat each
/// chunk as torch.quantile does and then pick one chunk's quantile.
final class MagnitudeQuantile {
  private final Scalar.Quantile asked;
  private final QuantileRule rule;
  private final long elements;
  private final int workers;
  private final long chunk;
  private final QuantileRule.Ranks[] ranks;
  private final OrderStatistics[] statistics;
  private double value;

  MagnitudeQuantile(Scalar.Quantile asked, long elements, int workers) {
    boolean exact = asked.rule() == Rule.EXACT;
    this.asked = asked;
    this.rule = exact ? QuantileRule.EXACT : QuantileRule.TORCH;
    this.elements = elements;
    this.workers = workers;
    this.chunk = exact ? Math.max(1, elements) : asked.chunk();
    this.ranks = new QuantileRule.Ranks[Math.toIntExact((elements + chunk - 1) / chunk)];
    this.statistics = new OrderStatistics[ranks.length];
    for (int i = 0; i < ranks.length; i++) {
      ranks[i] = rule.ranks(asked.q(), Math.min(chunk, elements - i * chunk));
    }
  }

  double value() {
    return value;
  }

  /// The first pass.
  Accumulator upper() {
    ChunkHistogram histogram = new ChunkHistogram(Histogram.UPPER_BUCKETS, elements, chunk, workers);
    return new Accumulator() {
      @Override
      public void add(Workspace w, float[] a, float[] b) {
        Histogram kernel = w.kernels.histogram();
        histogram.add(w.worker, w.first, w.count, _ -> (from, to, into) -> kernel.countUpper(a, from, to, into));
      }

      @Override
      public void finish() {
        long[][] counts = histogram.finish();
        for (int i = 0; i < ranks.length; i++) {
          statistics[i] = OrderStatistics.locate(counts[i], ranks[i].lower(), ranks[i].upper());
        }
      }
    };
  }

  /// The second pass, once the first is finished. A chunk's two buckets are counted side by side.
  Accumulator lower() {
    ChunkHistogram lows = new ChunkHistogram(Histogram.LOWER_BUCKETS, elements, chunk, workers);
    ChunkHistogram highs = new ChunkHistogram(Histogram.LOWER_BUCKETS, elements, chunk, workers);
    return new Accumulator() {
      @Override
      public void add(Workspace w, float[] a, float[] b) {
        Histogram kernel = w.kernels.histogram();
        lows.add(
            w.worker,
            w.first,
            w.count,
            i -> (from, to, into) -> kernel.countLower(a, from, to, statistics[i].lowerPlace().bucket(), into));
        if (!Arrays.stream(statistics).allMatch(OrderStatistics::isOneBucket)) {
          highs.add(
              w.worker,
              w.first,
              w.count,
              i -> (from, to, into) -> kernel.countLower(a, from, to, statistics[i].upperPlace().bucket(), into));
        }
      }

      @Override
      public void finish() {
        long[][] lowCounts = lows.finish();
        long[][] highCounts = highs.finish();
        float[] quantiles = new float[ranks.length];
        for (int i = 0; i < ranks.length; i++) {
          OrderStatistics found = statistics[i];
          float low = found.lower(lowCounts[i]);
          float high = found.upper(found.isOneBucket() ? lowCounts[i] : highCounts[i]);
          quantiles[i] = rule.interpolate(ranks[i], low, high);
        }
        value = ranks.length == 0 ? 0 : pick(quantiles);
      }
    };
  }

  private float pick(float[] quantiles) {
    Arrays.sort(quantiles);
    return switch (asked.rule()) {
      case EXACT -> quantiles[0];
      case MEDIAN -> quantiles[(quantiles.length - 1) / 2];
      case QUANTILE -> quantiles[Math.clamp((long) (asked.q() * quantiles.length), 0, quantiles.length - 1)];
    };
  }
}
