package dev.mokume.internal.engine;

import dev.mokume.expression.Scalar;
import dev.mokume.internal.kernel.Counters;
import dev.mokume.internal.kernel.Histogram;
import dev.mokume.internal.kernel.OrderStatistics;
import org.jspecify.annotations.Nullable;

/// A magnitude by its rank among those of several tensors. Each tensor is measured twice: first the
/// upper 16 bits of all magnitudes are counted, then the lower 15 of those in the bucket that the
/// rank falls into. Counts are whole numbers, so the order of the tensors plays no part.
final class ModelSelection {
  private final long rank;
  private long[] counts = new long[Histogram.UPPER_BUCKETS];
  private @Nullable OrderStatistics place;

  ModelSelection(Scalar.RankedAmong asked) {
    this.rank = asked.rank();
  }

  /// The heap that one tensor's counters take.
  static long heapBytes(long elements, int workers) {
    return ChunkHistogram.bytes(Histogram.UPPER_BUCKETS, elements, Math.max(1, elements), workers);
  }

  /// Counts a tensor's magnitudes.
  Accumulator accumulator(long elements, int workers) {
    OrderStatistics known = place;
    int buckets = known == null ? Histogram.UPPER_BUCKETS : Histogram.LOWER_BUCKETS;
    ChunkHistogram histogram =
        new ChunkHistogram(buckets, elements, Math.max(1, elements), workers);
    return new Accumulator() {
      @Override
      public void add(Workspace w, int a, int b) {
        float[] values = w.values[a];
        Histogram kernel = w.kernels.histogram();
        histogram.add(
            w.worker,
            w.first,
            w.count,
            _ ->
                known == null
                    ? (from, to, into) -> kernel.countUpper(values, from, to, into)
                    : (from, to, into) ->
                        kernel.countWithin(values, from, to, known.lowerPlace().bucket(), 1, into));
      }

      @Override
      public void finish() {
        for (int[] ofWorker : histogram.finish()[0]) {
          addAll(ofWorker);
        }
      }
    };
  }

  private synchronized void addAll(int[] ofTensor) {
    for (int bucket = 0; bucket < ofTensor.length; bucket++) {
      counts[bucket] += ofTensor[bucket];
    }
  }

  /// All tensors were measured once.
  void turn() {
    place = OrderStatistics.locate(Counters.of(counts), rank, rank);
    counts = new long[Histogram.LOWER_BUCKETS];
  }

  /// All tensors were measured twice.
  double value() {
    if (place == null) {
      throw new IllegalStateException("measured only once");
    }
    Counters ofBucket = Counters.of(counts);
    return place.magnitudes(ofBucket, ofBucket).lower();
  }
}
