package dev.mokume.internal.engine;

import dev.mokume.expression.QuantileRule;
import dev.mokume.expression.Scalar;
import dev.mokume.internal.kernel.Histogram;
import java.util.Arrays;

/// The quantile of a tensor's magnitudes, exactly, in two passes that count and hold nothing: the upper 16 bits of each
/// magnitude first, then, within the buckets that the wanted ranks fall into, the lower 15. A tensor that is smaller than
/// the counters would be is held and sorted instead.
///
/// Rules: `EXACT` takes the rank `q (n - 1)` of the whole tensor in f64 and interpolates linearly in f64. The others treat
/// each chunk as torch.quantile does (ranks and interpolation in f32, fused) and then pick one chunk's quantile.
final class MagnitudeQuantile {
  private final Scalar.Quantile asked;
  private final long elements;
  private final int workers;
  private final long chunk;
  private final Ranks[] ranks;
  private double value;

  /// Two neighbouring ranks of a chunk: their upper buckets and their ranks within them.
  private static final class Ranks {
    final long low;
    final long high;
    int lowBucket;
    int highBucket;
    long lowWithin;
    long highWithin;

    Ranks(long low, long high) {
      this.low = low;
      this.high = high;
    }
  }

  MagnitudeQuantile(Scalar.Quantile asked, long elements, int workers) {
    this.asked = asked;
    this.elements = elements;
    this.workers = workers;
    this.chunk = asked.rule() == QuantileRule.EXACT ? Math.max(1, elements) : asked.chunk();
    this.ranks = new Ranks[Math.toIntExact((elements + chunk - 1) / chunk)];
    for (int i = 0; i < ranks.length; i++) {
      double rank = rank(chunkLength(i));
      ranks[i] = new Ranks((long) Math.floor(rank), (long) Math.ceil(rank));
    }
  }

  double value() {
    return value;
  }

  private long chunkLength(int index) {
    return Math.min(chunk, elements - index * chunk);
  }

  private double rank(long length) {
    return asked.rule() == QuantileRule.EXACT ? asked.q() * (length - 1) : (float) asked.q() * (float) (length - 1);
  }

  /// The first pass.
  Accumulator upper() {
    ChunkHistogram histogram = new ChunkHistogram(Histogram.UPPER_BUCKETS, elements, chunk, workers);
    return new Accumulator() {
      @Override
      public void add(Workspace w, int a, int b) {
        Histogram kernel = w.kernels.histogram();
        float[] values = w.values[a];
        histogram.add(w.worker, w.first, w.count, _ -> (from, to, into) -> kernel.countUpper(values, from, to, into));
      }

      @Override
      public void finish() {
        long[][] counts = histogram.finish();
        for (int i = 0; i < ranks.length; i++) {
          Ranks wanted = ranks[i];
          long[] place = locate(counts[i], 0, counts[i].length, wanted.low);
          wanted.lowBucket = (int) place[0];
          wanted.lowWithin = place[1];
          place = locate(counts[i], 0, counts[i].length, wanted.high);
          wanted.highBucket = (int) place[0];
          wanted.highWithin = place[1];
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
      public void add(Workspace w, int a, int b) {
        Histogram kernel = w.kernels.histogram();
        float[] values = w.values[a];
        lows.add(
            w.worker,
            w.first,
            w.count,
            i -> (from, to, into) -> kernel.countLower(values, from, to, ranks[i].lowBucket, into));
        if (Arrays.stream(ranks).anyMatch(r -> r.highBucket != r.lowBucket)) {
          highs.add(
              w.worker,
              w.first,
              w.count,
              i -> (from, to, into) -> kernel.countLower(values, from, to, ranks[i].highBucket, into));
        }
      }

      @Override
      public void finish() {
        long[][] lowCounts = lows.finish();
        long[][] highCounts = highs.finish();
        float[] quantiles = new float[ranks.length];
        for (int i = 0; i < ranks.length; i++) {
          Ranks wanted = ranks[i];
          float low = magnitude(wanted.lowBucket, lowCounts[i], wanted.lowWithin);
          float high =
              magnitude(
                  wanted.highBucket,
                  wanted.highBucket == wanted.lowBucket ? lowCounts[i] : highCounts[i],
                  wanted.highWithin);
          quantiles[i] = interpolate(rank(chunkLength(i)), low, high);
        }
        value = ranks.length == 0 ? 0 : pick(quantiles);
      }
    };
  }

  /// The bucket of `counts[from..to)` that holds the element of that rank, and the rank within it.
  private static long[] locate(long[] counts, int from, int to, long rank) {
    long left = rank;
    for (int i = from; i < to; i++) {
      if (left < counts[i]) {
        return new long[] {i - from, left};
      }
      left -= counts[i];
    }
    throw new IllegalStateException("rank " + rank + " is beyond the " + (rank - left) + " elements counted");
  }

  private static float magnitude(int upper, long[] lowerCounts, long rank) {
    int lower = (int) locate(lowerCounts, 0, lowerCounts.length, rank)[0];
    return Float.intBitsToFloat(upper * Histogram.LOWER_BUCKETS + lower);
  }

  private float interpolate(double rank, float low, float high) {
    if (asked.rule() == QuantileRule.EXACT) {
      double way = rank - Math.floor(rank);
      return (float) (low + way * ((double) high - low));
    }
    float way = (float) rank - (float) Math.floor(rank);
    float step = high - low;
    return way < 0.5f ? Math.fma(way, step, low) : Math.fma(-step, 1 - way, high);
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
