package dev.mokume.internal.format;

import dev.mokume.checkpoint.ByteSource;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/// A range of a source as a stream, so that a header of 100 MB is parsed without being held.
final class SourceStream extends InputStream {
  private static final int WINDOW = 64 * 1024;

  private final ByteSource source;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment window;
  private final long end;
  private long next;
  private int position;
  private int limit;

  SourceStream(ByteSource source, long offset, long length) {
    this.source = source;
    this.next = offset;
    this.end = offset + length;
    this.window = arena.allocate(Math.clamp(length, 1, WINDOW));
  }

  @Override
  public int read() {
    return fill() ? Byte.toUnsignedInt(window.get(ValueLayout.JAVA_BYTE, position++)) : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, into.length);
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int count = Math.min(length, limit - position);
    MemorySegment.copy(window, ValueLayout.JAVA_BYTE, position, into, offset, count);
    position += count;
    return count;
  }

  private boolean fill() {
    if (position < limit) {
      return true;
    }
    if (next == end) {
      return false;
    }
    limit = (int) Math.min(window.byteSize(), end - next);
    source.read(next, window.asSlice(0, limit));
    next += limit;
    position = 0;
    return true;
  }

  @Override
  public void close() {
    arena.close();
  }
}
