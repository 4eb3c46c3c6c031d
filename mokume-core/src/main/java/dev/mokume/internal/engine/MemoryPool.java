package dev.mokume.internal.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
import java.util.TreeMap;

/// One piece of native memory from which tensors borrow ranges, so that the budget cannot be
/// exceeded. It is taken when the first tensor borrows: a merge that reads everything once never
/// touches it. What is borrowed holds anything until it is filled.
///
/// Not safe for concurrent use.
final class MemoryPool {
  private static final long ALIGNMENT = 64;

  private final SegmentAllocator allocator;
  private final long capacity;
  private MemorySegment memory = MemorySegment.NULL;

  /// Free ranges: length by offset; neighbours are always joined.
  private final TreeMap<Long, Long> free = new TreeMap<>();

  /// @param allocator asked once, for all of it
  MemoryPool(SegmentAllocator allocator, long bytes) {
    this.allocator = allocator;
    this.capacity = bytes / ALIGNMENT * ALIGNMENT;
    if (capacity > 0) {
      free.put(0L, capacity);
    }
  }

  long capacity() {
    return capacity;
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
        if (memory.byteSize() == 0) {
          memory = allocator.allocate(capacity, ALIGNMENT);
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
