package dev.mokume.internal.engine;

import dev.mokume.checkpoint.ByteSink;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.internal.kernel.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;

/// One thread's share of the engine: its registers and its buffer. What it does passes through
/// here, so that Flight Recorder can be told.
final class Worker {
  static final String CANCELLED = "the merge was cancelled; nothing was written.";

  private final Supplier<MemorySegment> room;
  private final Workspace workspace;
  private final BooleanSupplier cancelled;
  private final LongConsumer progress;
  private long bytesRead;
  private @Nullable MemorySegment buffer;

  /// Null unless Flight Recorder is in use, which none of its classes is loaded for otherwise.
  private @Nullable WorkerEvents events;

  /// @param room makes its buffer, which is cleared and which blends in arrays do without
  /// @param progress told of output bytes' worth of work that is done between two tiles
  Worker(
      int number,
      Kernels kernels,
      Supplier<MemorySegment> room,
      BooleanSupplier cancelled,
      LongConsumer progress) {
    this.room = room;
    this.cancelled = cancelled;
    this.progress = progress;
    this.workspace = new Workspace(kernels, number);
  }

  MemorySegment buffer() {
    if (buffer == null) {
      buffer = room.get();
    }
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

  /// Tells of output bytes' worth of work that is done, other than that of a tile.
  void progressed(long bytes) {
    progress.accept(bytes);
  }

  /// What it read from inputs so far.
  long bytesRead() {
    return bytesRead;
  }

  /// Turns to a tensor; what it does from now on is for that one.
  ///
  /// @param pass from 1
  void turnTo(String tensor, int pass) {
    if (FlightRecorder.isInitialized()) {
      if (events == null) {
        events = new WorkerEvents();
      }
      events.turnTo(tensor, pass);
    }
  }

  /// Fills `into` with the tensor's bytes from `offset` on.
  void read(StoredTensor tensor, long offset, MemorySegment into) {
    if (events != null) {
      events.beginRead();
    }
    tensor.source().read(tensor.offset() + offset, into);
    long fetched = tensor.source().fetched(into.byteSize());
    bytesRead += fetched;
    if (events != null) {
      events.endRead(tensor.source().name(), fetched);
    }
  }

  /// Writes `bytes` to the sink at `offset`.
  void write(ByteSink sink, long offset, MemorySegment bytes) {
    if (events != null) {
      events.beginWrite();
    }
    sink.write(offset, bytes);
    if (events != null) {
      events.endWrite(sink.name(), bytes.byteSize());
    }
  }

  /// Called before a strip is computed.
  void beginCompute() {
    if (events != null) {
      events.beginCompute();
    }
  }

  /// Called when a strip is computed.
  ///
  /// @param bytes all that it was computed from and all that came out, encoded
  void endCompute(long elements, long bytes) {
    if (events != null) {
      events.endCompute(elements, bytes);
    }
  }

  /// Has the system copy `length` of the tensor's bytes from `offset` on into a sink; false if it
  /// cannot.
  boolean move(StoredTensor tensor, long offset, long length, ByteSink sink, long to) {
    if (events != null) {
      events.beginCopy();
    }
    boolean moved = sink.copy(tensor.source(), tensor.offset() + offset, length, to);
    if (moved) {
      bytesRead += tensor.source().fetched(length);
      if (events != null) {
        events.endCopy(tensor.source().name(), length);
      }
    }
    return moved;
  }
}
