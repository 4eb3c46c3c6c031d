package dev.mokume.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// Bytes that can be read at an offset: a file, a range of an HTTP resource, an object in a store.
///
/// Safe for concurrent use. Failures are [dev.mokume.error.MokumeException]s that name the source.
public interface ByteSource extends AutoCloseable {
  /// What a person calls it, for messages: usually the path as given.
  String name();

  long size();

  /// Fills `into` with the bytes from `offset` on. `into` is native memory; an array of the heap
  /// only where [#fillsArrays()].
  ///
  /// @throws dev.mokume.error.MokumeException if the source ends before `into` is full
  void read(long offset, MemorySegment into);

  /// Whether [#read] takes arrays of the heap too, and fills them without a copy in between.
  default boolean fillsArrays() {
    return false;
  }

  /// How many stored bytes it takes to read `bytes`: as many, unless they are made while they are
  /// read.
  default long fetched(long bytes) {
    return bytes;
  }

  /// What the bytes are known by where they come from (an HTTP server's `ETag`), for sources that
  /// are not hashed because that would ask for all of them once more.
  default Optional<String> version() {
    return Optional.empty();
  }

  /// @throws dev.mokume.error.MokumeException `INPUT_CHANGED` if the bytes are not those that were
  ///   opened (size, modification time, identity)
  void verifyUnchanged();

  @Override
  void close();
}
