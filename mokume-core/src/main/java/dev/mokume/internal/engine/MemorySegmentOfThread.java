package dev.mokume.internal.engine;

import dev.mokume.internal.kernel.Block;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A block's worth of native memory a thread, for values that are rounded to a dtype and back.
final class MemorySegmentOfThread {
  private static final ThreadLocal<MemorySegment> ROOM =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(8L * Block.ELEMENTS, 64));

  MemorySegment get() {
    return ROOM.get();
  }
}
