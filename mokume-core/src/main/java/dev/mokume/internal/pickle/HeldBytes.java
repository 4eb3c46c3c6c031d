package dev.mokume.internal.pickle;

import dev.mokume.checkpoint.ByteSource;
import java.lang.foreign.MemorySegment;

/// A few bytes that a pickle spells as text, which is why they cannot be left where they are.
final class HeldBytes implements ByteSource {
  private final ByteSource file;
  private final byte[] bytes;

  HeldBytes(ByteSource file, byte[] bytes) {
    this.file = file;
    this.bytes = bytes.clone();
  }

  @Override
  public String name() {
    return file.name();
  }

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public void read(long offset, MemorySegment into) {
    MemorySegment.copy(MemorySegment.ofArray(bytes), offset, into, 0, into.byteSize());
  }

  @Override
  public void verifyUnchanged() {
    file.verifyUnchanged();
  }

  @Override
  public void close() {}
}
