package dev.mokume.internal.engine;

import dev.mokume.checkpoint.ByteSink;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.internal.kernel.Kernels;
import java.lang.foreign.MemorySegment;

/// One thread's share of the engine: its registers and its buffer.
final class Worker {
  private final MemorySegment buffer;
  private final Workspace workspace;
  private long bytesRead;

  Worker(int number, Kernels kernels, MemorySegment buffer) {
    this.buffer = buffer;
    this.workspace = new Workspace(kernels, number);
  }

  MemorySegment buffer() {
    return buffer;
  }

  Workspace workspace() {
    return workspace;
  }

  /// What it read from inputs so far.
  long bytesRead() {
    return bytesRead;
  }

  /// Fills `into` with the tensor's bytes from `offset` on.
  void read(StoredTensor tensor, long offset, MemorySegment into) {
    tensor.source().read(tensor.offset() + offset, into);
    bytesRead += tensor.source().fetched(into.byteSize());
  }

  /// Has the system copy `length` of the tensor's bytes from `offset` on into a sink; false if it
  /// cannot.
  boolean move(StoredTensor tensor, long offset, long length, ByteSink sink, long to) {
    boolean moved = sink.copy(tensor.source(), tensor.offset() + offset, length, to);
    if (moved) {
      bytesRead += tensor.source().fetched(length);
    }
    return moved;
  }
}
