package dev.mokume.internal.pickle;

import dev.mokume.checkpoint.ByteSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A range of big-endian numbers as little-endian ones.
final class SwappedSource implements ByteSource {
  private static final int WINDOW = 1 << 16;

  private final ByteSource source;
  private final long offset;
  private final long length;
  private final int width;

  /// @param width bytes a number; a power of two of at most 8
  SwappedSource(ByteSource source, long offset, long length, int width) {
    this.source = source;
    this.offset = offset;
    this.length = length - length % width;
    this.width = width;
  }

  @Override
  public String name() {
    return source.name();
  }

  @Override
  public long size() {
    return length;
  }

  @Override
  public void read(long from, MemorySegment into) {
    long end = from + into.byteSize();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment window = arena.allocate(Math.min(WINDOW, into.byteSize() + 2L * width));
      for (long at = from; at < end; ) {
        long start = at - at % width;
        long wanted = Math.ceilDiv(end - start, width) * width;
        MemorySegment numbers =
            window.asSlice(0, Math.min(wanted, window.byteSize() / width * width));
        source.read(offset + start, numbers);
        long stop = Math.min(end, start + numbers.byteSize());
        for (; at < stop; at++) {
          long swapped = (at - start) / width * width + width - 1 - at % width;
          into.set(ValueLayout.JAVA_BYTE, at - from, numbers.get(ValueLayout.JAVA_BYTE, swapped));
        }
      }
    }
  }

  @Override
  public void verifyUnchanged() {
    source.verifyUnchanged();
  }

  /// The source is its owner's to close.
  @Override
  public void close() {}
}
