package dev.mokume.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/// A sink in memory, which refuses to have a byte written twice.
public final class MemorySink implements ByteSink {
  private final byte[] bytes;
  private final BitSet written;

  public MemorySink(int size) {
    this.bytes = new byte[size];
    this.written = new BitSet(size);
  }

  /// What it holds; bytes that were not written are 0.
  public byte[] bytes() {
    return bytes.clone();
  }

  /// How many bytes were written.
  public synchronized int written() {
    return written.cardinality();
  }

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public synchronized void write(long offset, MemorySegment part) {
    int from = Math.toIntExact(offset);
    int to = Math.toIntExact(offset + part.byteSize());
    int taken = written.nextSetBit(from);
    if (taken >= 0 && taken < to) {
      throw new IllegalStateException("byte " + taken + " is written twice");
    }
    written.set(from, to);
    MemorySegment.copy(part, 0, MemorySegment.ofArray(bytes), from, part.byteSize());
  }

  @Override
  public void commit() {}

  @Override
  public void close() {}
}
