package dev.mokume.internal.engine;

import dev.mokume.checkpoint.ByteSink;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.internal.kernel.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/// One thread's share of the engine: its registers and its buffer.
final class Worker {
  static final String CANCELLED = "the merge was cancelled; nothing was written.";

  private final MemorySegment buffer;
  private final Workspace workspace;
  private final BooleanSupplier cancelled;
  private long bytesRead;

  Worker(int number, Kernels kernels, MemorySegment buffer, BooleanSupplier cancelled) {
    this.buffer = buffer;
    this.cancelled = cancelled;
    this.workspace = new Workspace(kernels, number);
  }

  MemorySegment buffer() {
    return buffer;
  }

  Workspace workspace() {
    return workspace;
  }

  /// To be called now and then by work that takes long between two tiles.
  ///
  /// @throws MokumeException `CANCELLED` if nobody wants the result any more
  void requireWanted() {
    if (cancelled.getAsBoolean()) {
      throw new MokumeException(ErrorCode.CANCELLED, CANCELLED);
    }
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
