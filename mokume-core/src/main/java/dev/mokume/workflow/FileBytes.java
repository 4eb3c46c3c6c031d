package dev.mokume.workflow;

import dev.mokume.checkpoint.ByteSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A file, read in small parts at any place.
record FileBytes(ByteSource source) {
  String name() {
    return source.name();
  }

  long size() {
    return source.size();
  }

  /// The bytes from `offset` on; both were checked against [#size].
  byte[] read(long offset, int length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(length);
      source.read(offset, segment);
      return segment.toArray(ValueLayout.JAVA_BYTE);
    }
  }
}
