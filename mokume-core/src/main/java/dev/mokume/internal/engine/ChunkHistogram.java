package dev.mokume.internal.engine;

import dev.mokume.internal.kernel.OrderStatistics;
import org.jspecify.annotations.Nullable;

/// Counts by bucket, for each chunk of a tensor. Every worker counts into an array of its own and
/// adds it to the chunk's when it comes to another chunk, so that counting takes no lock.
final class ChunkHistogram {
  /// Counts part of a block: the elements `[from, to)` of its register.
  interface Counter {
    void count(int from, int to, int[] into);
  }

  /// Half of what an `int` can count, so that a block more is never too much.
  private static final int FULL = 1 << 30;

  private final int buckets;
  private final long chunk;
  private final long[][] counts;
  private final int[] @Nullable [] ofWorker;
  private final int[] chunkOfWorker;
  private final int[] countOfWorker;

  ChunkHistogram(int buckets, long elements, long chunk, int workers) {
    this.buckets = buckets;
    this.chunk = chunk;
    this.counts = new long[Math.toIntExact((elements + chunk - 1) / chunk)][buckets];
    this.ofWorker = new int[workers][];
    this.chunkOfWorker = new int[workers];
    this.countOfWorker = new int[workers];
  }

  /// The heap that a histogram takes once every worker has counted.
  static long bytes(int buckets, long elements, long chunk, int workers) {
    long chunks = elements / chunk + (elements % chunk == 0 ? 0 : 1);
    return Math.multiplyExact(chunks, (long) buckets * Long.BYTES)
        + (long) workers * buckets * Integer.BYTES;
  }

  /// Counts the block of `count` elements that starts at element `first`.
  void add(int worker, long first, int count, IntToCounter counters) {
    int from = 0;
    while (from < count) {
      int index = (int) ((first + from) / chunk);
      int to = (int) Math.min(count, (index + 1L) * chunk - first);
      counters.of(index).count(from, to, own(worker, index, to - from));
      from = to;
    }
  }

  /// The counter to use for a chunk.
  interface IntToCounter {
    Counter of(int chunk);
  }

  private int[] own(int worker, int index, int adding) {
    int[] own = ofWorker[worker];
    if (own == null) {
      own = new int[buckets];
      ofWorker[worker] = own;
      chunkOfWorker[worker] = index;
    } else if (chunkOfWorker[worker] != index || countOfWorker[worker] >= FULL) {
      flush(worker);
      chunkOfWorker[worker] = index;
    }
    countOfWorker[worker] += adding;
    return own;
  }

  private void flush(int worker) {
    int[] own = ofWorker[worker];
    if (own == null) {
      return;
    }
    long[] target = counts[chunkOfWorker[worker]];
    synchronized (target) {
      OrderStatistics.add(own, target);
    }
    countOfWorker[worker] = 0;
  }

  /// The counts of every chunk. Called once, when all blocks were added.
  long[][] finish() {
    for (int worker = 0; worker < ofWorker.length; worker++) {
      flush(worker);
    }
    return counts;
  }
}
