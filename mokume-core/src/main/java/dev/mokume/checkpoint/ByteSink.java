package dev.mokume.checkpoint;

import java.lang.foreign.MemorySegment;

/// Bytes that are written in parts, in any order, and appear under their name only at [#commit()].
///
/// [#write] is safe for concurrent use on ranges that do not overlap. Closing without a commit
/// leaves nothing behind.
public interface ByteSink extends AutoCloseable {
  String name();

  /// Writes all of `part` at `offset`. It is native memory; an array of the heap only where
  /// [#takesArrays()].
  void write(long offset, MemorySegment part);

  /// Whether [#write] takes arrays of the heap too, and writes them without a copy in between.
  default boolean takesArrays() {
    return false;
  }

  /// Writes at `offset` what a source has from `start` on, without bringing it into memory where
  /// the system can: it may then share what lies on the disk. Safe for concurrent use as [#write]
  /// is.
  ///
  /// @return false if that cannot be done for this source; nothing is then known of the range,
  ///   which is to be read and written
  default boolean copy(ByteSource source, long start, long length, long offset) {
    return false;
  }

  /// Makes the bytes durable and gives them their name. Nothing may be written afterwards.
  void commit();

  /// Gives up what was not committed. Does nothing after a commit.
  @Override
  void close();
}
