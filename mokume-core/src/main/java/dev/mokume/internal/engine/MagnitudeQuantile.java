package dev.mokume.internal.engine;

import dev.mokume.expression.Scalar;
import dev.mokume.internal.kernel.Histogram;
import dev.mokume.internal.kernel.OrderStatistics;
import dev.mokume.internal.kernel.QuantileRule;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// The quantile of a tensor's magnitudes, exactly, in two passes that count and hold nothing: the
/// upper 16 bits of each magnitude first, then, within the buckets that the wanted ranks fall into,
/// the lower 15.
///
/// Rules: `EXACT` takes the rank `q (n - 1)` of the whole tensor in f64 and interpolates linearly
/// in f64. The others treat each chunk as torch.quantile does (ranks and interpolation in f32,
/// fused) and then pick one chunk's quantile.
final class MagnitudeQuantile {
  private final Scalar.Quantile asked;
  private final long elements;
  private final int workers;
  private final long chunk;

  /// Of each chunk.
  private final List<QuantileRule.Ranks> ranks;

  /// Of each chunk, once the first pass is over.
  private List<OrderStatistics> places = List.of();

  private double value;

  MagnitudeQuantile(Scalar.Quantile asked, long elements, int workers) {
    this.asked = asked;
    this.elements = elements;
    this.workers = workers;
    this.chunk = chunk(asked, elements);
    this.ranks =
        LongStream.range(0, (elements + chunk - 1) / chunk)
            .mapToObj(i -> rule().ranks(asked.q(), Math.min(chunk, elements - i * chunk)))
            .toList();
  }

  /// Elements of a chunk; the exact rule has a single one.
  static long chunk(Scalar.Quantile asked, long elements) {
    return asked.rule() == dev.mokume.expression.QuantileRule.EXACT
        ? Math.max(1, elements)
        : asked.chunk();
  }

  private QuantileRule rule() {
    return asked.rule() == dev.mokume.expression.QuantileRule.EXACT
        ? QuantileRule.EXACT
        : QuantileRule.TORCH;
  }

  /// Known once both passes are over; 0 for a tensor without elements.
  double value() {
    return value;
  }

  /// The first pass.
  Accumulator upper() {
    ChunkHistogram histogram =
        new ChunkHistogram(Histogram.UPPER_BUCKETS, elements, chunk, workers);
    return new Accumulator() {
      @Override
      public void add(Workspace w, int a, int b) {
        float[] values = w.values[a];
        Histogram kernel = w.kernels.histogram();
        histogram.add(
            w.worker,
            w.first,
            w.count,
            _ -> (from, to, into) -> kernel.countUpper(values, from, to, into));
      }

      @Override
      public void finish() {
        long[][] counts = histogram.finish();
        places =
            IntStream.range(0, counts.length)
                .mapToObj(i ->
                    OrderStatistics.locate(counts[i], ranks.get(i).lower(), ranks.get(i).upper()))
                .toList();
      }
    };
  }

  /// The second pass, once the first is finished. A chunk's two buckets are counted side by side.
  Accumulator lower() {
    boolean oneBucket = places.stream().allMatch(OrderStatistics::isOneBucket);
    ChunkHistogram lows = new ChunkHistogram(Histogram.LOWER_BUCKETS, elements, chunk, workers);
    ChunkHistogram highs =
        oneBucket ? lows : new ChunkHistogram(Histogram.LOWER_BUCKETS, elements, chunk, workers);
    return new Accumulator() {
      @Override
      public void add(Workspace w, int a, int b) {
        float[] values = w.values[a];
        Histogram kernel = w.kernels.histogram();
        lows.add(
            w.worker,
            w.first,
            w.count,
            i ->
                (from, to, into) ->
                    kernel.countLower(values, from, to, places.get(i).lowerPlace().bucket(), into));
        if (!oneBucket) {
          highs.add(
              w.worker,
              w.first,
              w.count,
              i ->
                  (from, to, into) ->
                      kernel.countLower(
                          values, from, to, places.get(i).upperPlace().bucket(), into));
        }
      }

      @Override
      public void finish() {
        long[][] lowCounts = lows.finish();
        long[][] highCounts = oneBucket ? lowCounts : highs.finish();
        float[] quantiles = new float[places.size()];
        for (int i = 0; i < quantiles.length; i++) {
          OrderStatistics chunkPlaces = places.get(i);
          quantiles[i] =
              rule()
                  .interpolate(
                      ranks.get(i),
                      chunkPlaces.lower(lowCounts[i]),
                      chunkPlaces.upper(highCounts[i]));
        }
        value = quantiles.length == 0 ? 0 : pick(quantiles);
      }
    };
  }

  private float pick(float[] quantiles) {
    Arrays.sort(quantiles);
    return switch (asked.rule()) {
      case EXACT -> quantiles[0];
      case MEDIAN -> quantiles[(quantiles.length - 1) / 2];
      case QUANTILE ->
          quantiles[Math.clamp((long) (asked.q() * quantiles.length), 0, quantiles.length - 1)];
    };
  }
}
