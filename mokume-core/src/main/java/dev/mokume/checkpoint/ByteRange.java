package dev.mokume.checkpoint;

/// A stretch of a source's bytes: what a tensor is made of, whatever it is called.
///
/// @param offset of the first byte in `source`
/// @param length in bytes
public record ByteRange(ByteSource source, long offset, long length) {
  /// How many stored bytes it takes to read them.
  public long fetched() {
    return source.fetched(length);
  }
}
