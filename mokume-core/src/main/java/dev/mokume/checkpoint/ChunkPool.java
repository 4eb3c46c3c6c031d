package dev.mokume.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// Memory that all [DirectWriter]s of the process share, so that it stays the same however many
/// outputs there are. It is taken from the system when it is first needed, and kept.
final class ChunkPool {
  /// Two workers have four chunks under way, and the disk as many; the rest are those at the ends
  /// of tensors, which wait for their neighbours.
  static final ChunkPool SHARED = new ChunkPool(16);

  private final Deque<MemorySegment> idle = new ArrayDeque<>();
  private int untaken;

  ChunkPool(int chunks) {
    this.untaken = chunks;
  }

  /// [DirectWriter#CHUNK] bytes that begin at a block, with anything in them; null if all are in
  /// use.
  synchronized @Nullable MemorySegment take() {
    if (idle.isEmpty() && untaken > 0) {
      untaken--;
      return Arena.global().allocate(DirectWriter.CHUNK, DirectWriter.BLOCK);
    }
    return idle.poll();
  }

  /// How many can be taken now.
  synchronized int free() {
    return idle.size() + untaken;
  }

  synchronized void giveBack(MemorySegment chunk) {
    idle.push(chunk);
  }
}
