package dev.mokume.internal.pickle;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.internal.format.Findings;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// A range of a source, read from front to back through a window of 64 KiB; numbers are
/// little-endian. What is skipped is not read.
final class SourceReader implements AutoCloseable {
  private static final int WINDOW = 64 * 1024;
  private static final int LONGEST_LINE = 4096;

  private final ByteSource source;
  private final String part;
  private final long end;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment window;
  private long windowStart;
  private int limit;
  private int next;

  /// @param part what the range is, for messages: `the pickle`
  SourceReader(ByteSource source, long offset, long length, String part) {
    this.source = source;
    this.part = part;
    this.windowStart = offset;
    this.end = offset + length;
    this.window = arena.allocate(Math.clamp(length, 1, WINDOW));
  }

  String name() {
    return source.name();
  }

  ByteSource source() {
    return source;
  }

  /// Of the next byte, in the source.
  long position() {
    return windowStart + next;
  }

  long remaining() {
    return end - position();
  }

  int unsigned8() {
    if (next == limit) {
      fill();
    }
    return Byte.toUnsignedInt(window.get(ValueLayout.JAVA_BYTE, next++));
  }

  int unsigned16() {
    int low = unsigned8();
    return low | unsigned8() << 8;
  }

  long unsigned32() {
    long low = unsigned16();
    return low | (long) unsigned16() << 16;
  }

  int signed32() {
    return (int) unsigned32();
  }

  /// A number of 2^63 or more comes out negative.
  long signed64() {
    long low = unsigned32();
    return low | unsigned32() << 32;
  }

  byte[] bytes(int length) {
    require(length);
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) unsigned8();
    }
    return bytes;
  }

  /// A line of at most 4,096 bytes, without its end.
  String line() {
    long start = position();
    byte[] line = new byte[LONGEST_LINE];
    for (int length = 0; length < LONGEST_LINE; length++) {
      byte next = (byte) unsigned8();
      if (next == '\n') {
        return new String(line, 0, length, StandardCharsets.UTF_8);
      }
      line[length] = next;
    }
    throw Findings.malformed(
        name(),
        part
            + " has a line of more than "
            + LONGEST_LINE
            + " bytes at byte "
            + start
            + ": the file is damaged.");
  }

  /// @param length read as unsigned
  void skip(long length) {
    require(length);
    if (length <= limit - next) {
      next += (int) length;
    } else {
      windowStart = position() + length;
      next = 0;
      limit = 0;
    }
  }

  private void require(long length) {
    if (length < 0 || length > remaining()) {
      throw cutOff(
          "wants "
              + Long.toUnsignedString(length)
              + " bytes at byte "
              + position()
              + ", but only "
              + remaining()
              + " are left");
    }
  }

  private void fill() {
    windowStart += limit;
    next = 0;
    limit = (int) Math.min(window.byteSize(), end - windowStart);
    if (limit == 0) {
      throw cutOff("ends in the middle, at byte " + end);
    }
    source.read(windowStart, window.asSlice(0, limit));
  }

  private RuntimeException cutOff(String what) {
    return Findings.malformed(
        name(), part + " " + what + ": the download broke off, or the file is damaged.");
  }

  @Override
  public void close() {
    arena.close();
  }
}
