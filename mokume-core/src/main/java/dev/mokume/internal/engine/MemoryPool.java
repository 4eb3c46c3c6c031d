package dev.mokume.internal.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.TreeMap;

/// One piece of native memory, taken once, from which tensors borrow ranges: the budget cannot be exceeded.
///
/// Not safe for concurrent use.
final class MemoryPool {
  private static final long ALIGNMENT = 64;

  private final MemorySegment memory;
  /// Free ranges: length by offset; neighbours are always joined.
  private final TreeMap<Long, Long> free = new TreeMap<>();

  MemoryPool(Arena arena, long bytes) {
    long size = bytes / ALIGNMENT * ALIGNMENT;
    this.memory = size == 0 ? MemorySegment.NULL : arena.allocate(size, ALIGNMENT);
    if (size > 0) {
      free.put(0L, size);
    }
  }

  long capacity() {
    return memory.byteSize();
  }

  /// The first free range that is large enough, or nothing.
  Optional<MemorySegment> borrow(long bytes) {
    long wanted = rounded(bytes);
    for (var range : free.entrySet()) {
      if (range.getValue() >= wanted) {
        long offset = range.getKey();
        long left = range.getValue() - wanted;
        free.remove(offset);
        if (left > 0) {
          free.put(offset + wanted, left);
        }
        return Optional.of(memory.asSlice(offset, bytes));
      }
    }
    return Optional.empty();
  }

  /// Gives back what [#borrow] gave.
  void giveBack(MemorySegment borrowed) {
    long offset = borrowed.address() - memory.address();
    long length = rounded(borrowed.byteSize());
    var before = free.lowerEntry(offset);
    if (before != null && before.getKey() + before.getValue() == offset) {
      free.remove(before.getKey());
      offset = before.getKey();
      length += before.getValue();
    }
    Long after = free.remove(offset + length);
    free.put(offset, after == null ? length : length + after);
  }

  static long rounded(long bytes) {
    return Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
  }
}
