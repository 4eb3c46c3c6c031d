package dev.mokume.internal.engine;

import dev.mokume.checkpoint.ByteSink;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.event.PassEvent;
import dev.mokume.plan.TensorTask.Write;
import java.lang.foreign.MemorySegment;
import java.util.List;
import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;

/// A tensor whose bytes are moved as they are, NaN payloads and all, to wherever they are wanted.
final class CopyRun implements Run {
  private final StoredTensor from;
  private final List<Write.Copy> copies;
  private final List<ByteSink> sinks;
  private final long tileBytes;
  private final int tiles;
  private int next;
  private int done;

  /// The one pass, if Flight Recorder is in use.
  private @Nullable PassEvent passEvent;

  /// @param copies of the same bytes, at least one
  CopyRun(List<Write.Copy> copies, List<ByteSink> sinks, long tileBytes) {
    this.from = copies.getFirst().from();
    this.copies = copies;
    this.sinks = sinks;
    this.tileBytes = tileBytes;
    this.tiles = Math.toIntExact((from.length() + tileBytes - 1) / tileBytes);
  }

  @Override
  public void prepare(Worker worker) {
    passEvent =
        FlightRecorder.isInitialized()
            ? PassEvent.begun(from.name(), 1, from.spec().elementCount())
            : null;
  }

  @Override
  public boolean hasTile() {
    return next < tiles;
  }

  @Override
  public int takeTile() {
    return next++;
  }

  @Override
  public void process(int tile, Worker worker) {
    long at = tile * tileBytes;
    worker.turnTo(from.name(), 1);
    if (copies.size() == 1) {
      Write.Copy copy = copies.getFirst();
      ByteSink sink = sinks.get(copy.sink());
      if (worker.move(from, at, length(tile), sink, copy.offset() + at)) {
        return;
      }
    }
    MemorySegment buffer = worker.buffer().asSlice(0, length(tile));
    worker.read(from, at, buffer);
    for (Write.Copy copy : copies) {
      worker.write(sinks.get(copy.sink()), copy.offset() + at, buffer);
    }
  }

  @Override
  public boolean tileDone() {
    return ++done == tiles;
  }

  @Override
  public boolean finishPass(Worker worker) {
    if (passEvent != null) {
      passEvent.commit();
    }
    return false;
  }

  @Override
  public long weight(int tile) {
    return copies.size() * length(tile);
  }

  private long length(int tile) {
    return Math.min(tileBytes, from.length() - tile * tileBytes);
  }

  @Override
  public void release(MemoryPool pool) {}
}
