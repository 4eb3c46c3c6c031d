package dev.mokume.event;

import java.util.Arrays;

/// Stretches of time that may overlap, in nanoseconds; 16 bytes each.
final class Stretches {
  private static final int FIRST = 64;

  private long[] starts = new long[FIRST];
  private long[] ends = new long[FIRST];
  private int count;
  private long total;

  void add(long start, long end) {
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, 2 * count);
      ends = Arrays.copyOf(ends, 2 * count);
    }
    starts[count] = start;
    ends[count] = end;
    count++;
    total += end - start;
  }

  /// As if they came one after the other.
  long total() {
    return total;
  }

  /// The time in which there was at least one. Starts and ends may be sorted by themselves: where
  /// as many have ended as have begun, there is a gap until the next begins.
  long union() {
    if (count == 0) {
      return 0;
    }
    Arrays.sort(starts, 0, count);
    Arrays.sort(ends, 0, count);
    long union = ends[count - 1] - starts[0];
    for (int next = 1; next < count; next++) {
      union -= Math.max(0, starts[next] - ends[next - 1]);
    }
    return union;
  }
}
