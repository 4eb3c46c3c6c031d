package dev.mokume.internal.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Counts by bucket, for each chunk of a tensor. Every worker counts into an array of its own and
/// hands it over when it comes to another chunk or is at its end, so that counting takes no lock.
/// Where there is one chunk, as there mostly is, nothing is ever added up but what somebody looks
/// at.
final class ChunkHistogram {
  /// Counts part of a block: the elements `[from, to)` of its register.
  interface Counter {
    void count(int from, int to, int[] into);
  }

  /// Half of what an `int` can count, so that a block more is never too much.
  private static final int FULL = 1 << 30;

  private final int buckets;
  private final long chunk;

  /// What was handed over of each chunk.
  private final List<List<int[]>> counts = new ArrayList<>();

  private final int[] @Nullable [] ofWorker;
  private final int[] chunkOfWorker;
  private final int[] countOfWorker;

  ChunkHistogram(int buckets, long elements, long chunk, int workers) {
    this.buckets = buckets;
    this.chunk = chunk;
    for (int i = chunks(elements, chunk); i > 0; i--) {
      counts.add(new ArrayList<>());
    }
    this.ofWorker = new int[workers][];
    this.chunkOfWorker = new int[workers];
    this.countOfWorker = new int[workers];
  }

  private static int chunks(long elements, long chunk) {
    return Math.toIntExact(elements / chunk + (elements % chunk == 0 ? 0 : 1));
  }

  /// The heap that a histogram takes once every worker has counted.
  static long bytes(int buckets, long elements, long chunk, int workers) {
    long chunks = chunks(elements, chunk);
    long arrays =
        isAddedUp(chunk) && chunks > 1 ? chunks + workers : chunks * workers + elements / FULL;
    return Math.multiplyExact(arrays, (long) buckets * Integer.BYTES);
  }

  /// Whether one array is enough for all of a chunk.
  private static boolean isAddedUp(long chunk) {
    return chunk <= FULL;
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
    boolean isOther = chunkOfWorker[worker] != index || countOfWorker[worker] >= FULL;
    if (isOther && ofWorker[worker] != null) {
      leaveChunk(worker, ofWorker[worker]);
    }
    int[] own = ofWorker[worker];
    if (own == null) {
      own = new int[buckets];
      ofWorker[worker] = own;
    }
    chunkOfWorker[worker] = index;
    countOfWorker[worker] += adding;
    return own;
  }

  private void leaveChunk(int worker, int[] own) {
    List<int[]> ofChunk = counts.get(chunkOfWorker[worker]);
    synchronized (ofChunk) {
      if (isAddedUp(chunk) && !ofChunk.isEmpty()) {
        move(own, ofChunk.getFirst());
      } else {
        ofChunk.add(own);
        ofWorker[worker] = null;
      }
    }
    countOfWorker[worker] = 0;
  }

  private static void move(int[] from, int[] to) {
    for (int bucket = 0; bucket < from.length; bucket++) {
      to[bucket] += from[bucket];
      from[bucket] = 0;
    }
  }

  /// The counts of every chunk, in one array or in several. Called once, when all blocks were
  /// added.
  int[][][] finish() {
    for (int worker = 0; worker < ofWorker.length; worker++) {
      int[] own = ofWorker[worker];
      if (own != null) {
        counts.get(chunkOfWorker[worker]).add(own);
      }
    }
    int[][][] all = new int[counts.size()][][];
    for (int i = 0; i < all.length; i++) {
      all[i] = counts.get(i).toArray(new int[0][]);
    }
    return all;
  }
}
