package dev.mokume.internal.gguf;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Reads a header from its start, through a window, and keeps within the file.
final class Cursor implements AutoCloseable {
  private static final int WINDOW = 64 * 1024;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final ByteSource source;
  private final long end;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment window;
  private long windowStart;
  private long windowEnd;
  private long position;

  /// @param longest where the header must have ended, if the file does not end before
  Cursor(ByteSource source, long longest) {
    this.source = source;
    this.end = Math.min(source.size(), longest);
    this.window = arena.allocate(Math.clamp(end, 1, WINDOW));
  }

  String file() {
    return source.name();
  }

  long position() {
    return position;
  }

  /// The bytes that may follow.
  long left() {
    return end - position;
  }

  int u8(String what) {
    long at = take(1, what);
    return Byte.toUnsignedInt(window.get(ValueLayout.JAVA_BYTE, at));
  }

  int i32(String what) {
    return window.get(INT, take(Integer.BYTES, what));
  }

  long i64(String what) {
    return window.get(LONG, take(Long.BYTES, what));
  }

  /// A count of things that take at least `leastBytes` each, of which there can be no more than are
  /// left in the file.
  long count(String what, String things, int leastBytes) {
    long count = i64(what);
    // The count is unsigned: from 2^63 on it is negative here.
    if (count < 0 || count > left() / leastBytes) {
      throw malformed(
          "%s %s %s, but only %s follow: the file is damaged, or its download broke off."
              .formatted(what, Long.toUnsignedString(count), things, bytes(left())));
    }
    return count;
  }

  /// A text of at most `longest` bytes.
  String text(String what, int longest) {
    long length = count(what + " has", "bytes", 1);
    if (length > longest) {
      throw malformed(
          "%s has %s, but at most %s are allowed: the file is damaged."
              .formatted(what, bytes(length), longest));
    }
    byte[] bytes = new byte[(int) length];
    for (int done = 0; done < bytes.length; ) {
      int piece = Math.min(bytes.length - done, WINDOW);
      long at = take(piece, what);
      MemorySegment.copy(window, ValueLayout.JAVA_BYTE, at, bytes, done, piece);
      done += piece;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw malformed(what + " is not text in UTF-8: the file is damaged.");
    }
  }

  /// Goes back to where it was before.
  void back(long to) {
    position = to;
  }

  void skip(long bytes, String what) {
    if (bytes > left()) {
      throw brokenOff(what, bytes);
    }
    position += bytes;
  }

  /// Where in the window the next bytes are; they are passed over.
  private long take(int bytes, String what) {
    if (bytes > left()) {
      throw brokenOff(what, bytes);
    }
    if (position < windowStart || position + bytes > windowEnd) {
      long length = Math.min(window.byteSize(), left());
      source.read(position, window.asSlice(0, length));
      windowStart = position;
      windowEnd = position + length;
    }
    long at = position - windowStart;
    position += bytes;
    return at;
  }

  private MokumeException brokenOff(String what, long bytes) {
    if (end < source.size()) {
      return malformed(
          "its header goes on after %s, which is more than is allowed: the file is damaged."
              .formatted(bytes(end)));
    }
    return malformed(
        "ends where %s should be: %s are wanted, %s are left. The download broke off; fetch the file again."
            .formatted(what, bytes(bytes), left()));
  }

  MokumeException malformed(String what) {
    return new MokumeException(ErrorCode.MALFORMED_CHECKPOINT, file() + ": " + what);
  }

  private static String bytes(long count) {
    return count == 1 ? "1 byte" : count + " bytes";
  }

  @Override
  public void close() {
    arena.close();
  }
}
