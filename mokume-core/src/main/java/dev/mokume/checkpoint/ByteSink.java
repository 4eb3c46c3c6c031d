package dev.mokume.checkpoint;

import java.lang.foreign.MemorySegment;

/// Bytes that are written in parts, in any order, and appear under their name only at [#commit()].
///
/// [#write] is safe for concurrent use on ranges that do not overlap. Closing without a commit
/// leaves nothing behind.
public interface ByteSink extends AutoCloseable {
  String name();

  /// Writes all of `part`, which is native memory, at `offset`.
  void write(long offset, MemorySegment part);

  /// Makes the bytes durable and gives them their name. Nothing may be written afterwards.
  void commit();

  /// Gives up what was not committed. Does nothing after a commit.
  @Override
  void close();
}
