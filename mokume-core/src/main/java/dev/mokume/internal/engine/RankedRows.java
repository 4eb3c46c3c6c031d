package dev.mokume.internal.engine;

import dev.mokume.expression.Elements.RowRanks.Order;
import java.util.HashMap;
import java.util.Map;

/// One worker's ranks of the rows that it was at last, of each slot: the blocks of a long row
/// follow one another, and it is sorted once for all of them.
final class RankedRows {
  private final Map<Key, Slab> slabs = new HashMap<>();
  private float[] values = new float[0];
  private long[] keys = new long[0];
  private final MagnitudeSort sort = new MagnitudeSort();

  private record Key(int slot, Order order) {}

  private static final class Slab {
    long number = -1;
    float[] ranks = new float[0];
  }

  /// The heap that ranking takes of a slot whose slabs have so many elements.
  static long heapBytes(long slab) {
    return slab * (2L * Float.BYTES + Long.BYTES) + MagnitudeSort.heapBytes(slab);
  }

  /// Slots have other content in another pass or run.
  void forget() {
    slabs.clear();
  }

  /// The normalised ranks of slab `number`: of the `length * inner` elements from `number * length
  /// * inner` on.
  float[] of(TensorRun run, int slot, long number, int length, int inner, Order order) {
    Slab slab = slabs.computeIfAbsent(new Key(slot, order), _ -> new Slab());
    int size = Math.multiplyExact(length, inner);
    if (slab.number != number || slab.ranks.length != size) {
      slab.ranks = slab.ranks.length == size ? slab.ranks : new float[size];
      slab.number = number;
      values = values.length < size ? new float[size] : values;
      run.readWhole(slot, number * size, values, size);
      for (int i = 0; i < inner; i++) {
        rank(i, length, inner, order, slab.ranks);
      }
    }
    return slab.ranks;
  }

  /// One row: the elements from `start` on, `step` apart.
  private void rank(int start, int length, int step, Order order, float[] ranks) {
    keys = keys.length < length ? new long[length] : keys;
    for (int i = 0; i < length; i++) {
      // Every NaN alike: the bits of one that is computed differ between machines.
      long magnitude = Float.floatToIntBits(values[start + i * step]) & 0x7FFF_FFFF;
      keys[i] = magnitude << 32 | i;
    }
    long[] sorted = keys;
    switch (order) {
      case ASCENDING -> sorted = sort.sort(keys, length);
      case UNSTABLE_ASCENDING -> UnstableSort.sort(keys, length, false);
      case UNSTABLE_DESCENDING -> UnstableSort.sort(keys, length, true);
    }
    float greatest = length - 1;
    for (int rank = 0; rank < length; rank++) {
      ranks[start + (int) sorted[rank] * step] = length == 1 ? 0.5f : rank / greatest;
    }
  }
}
