package dev.mokume.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// Memory that all [DirectWriter]s of the process share, so that it stays the same however many
/// outputs there are. It is taken from the system when it is first needed, and kept.
final class ExtentPool {
  private static final int MOST = 32;

  /// A worker has two extents under way, and the disk as many; the rest are at the ends of tensors
  /// and wait for their neighbours.
  static final ExtentPool SHARED =
      new ExtentPool(Math.min(MOST, 4 + 2 * Runtime.getRuntime().availableProcessors()));

  private final int extents;
  private final Deque<MemorySegment> idle = new ArrayDeque<>();
  private int made;

  ExtentPool(int extents) {
    this.extents = extents;
  }

  /// [DirectWriter#EXTENT] bytes that begin at a block, with anything in them; null if all are in
  /// use.
  synchronized @Nullable MemorySegment take() {
    if (idle.isEmpty() && made < extents) {
      made++;
      return Arena.global().allocate(DirectWriter.EXTENT, DirectWriter.BLOCK);
    }
    return idle.poll();
  }

  /// How many can be taken now.
  synchronized int free() {
    return extents - made + idle.size();
  }

  synchronized void giveBack(MemorySegment extent) {
    if (idle.size() == made) {
      throw new IllegalStateException("an extent was given back twice");
    }
    idle.push(extent);
  }
}
