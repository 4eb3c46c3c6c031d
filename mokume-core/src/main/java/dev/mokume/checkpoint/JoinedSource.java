package dev.mokume.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// The bytes of several tensors, one after the other. Equal to another of the same bytes, so that
/// two outputs that need them are seen to share them.
final class JoinedSource implements ByteSource {
  private final List<StoredTensor> parts;
  private final long size;

  JoinedSource(List<StoredTensor> parts) {
    this.parts = List.copyOf(parts);
    this.size = parts.stream().mapToLong(StoredTensor::length).sum();
  }

  @Override
  public String name() {
    return parts.getFirst().source().name();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void read(long offset, MemorySegment into) {
    long end = offset + into.byteSize();
    long start = 0;
    for (StoredTensor part : parts) {
      long from = Math.max(offset, start);
      long to = Math.min(end, start + part.length());
      if (from < to) {
        part.source().read(part.offset() + from - start, into.asSlice(from - offset, to - from));
      }
      start += part.length();
    }
  }

  @Override
  public long fetched(long bytes) {
    return parts.getFirst().source().fetched(bytes);
  }

  @Override
  public void verifyUnchanged() {
    parts.forEach(part -> part.source().verifyUnchanged());
  }

  private List<ByteRange> ranges() {
    return parts.stream().map(StoredTensor::range).toList();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof JoinedSource joined && ranges().equals(joined.ranges());
  }

  @Override
  public int hashCode() {
    return ranges().hashCode();
  }

  /// The parts' sources are their owners' to close.
  @Override
  public void close() {}
}
