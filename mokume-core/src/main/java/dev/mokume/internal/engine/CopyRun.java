package dev.mokume.internal.engine;

import dev.mokume.checkpoint.ByteSink;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.plan.TensorTask.Write;
import java.lang.foreign.MemorySegment;

/// A tensor whose bytes are moved as they are, NaN payloads and all.
final class CopyRun implements Run {
  private final StoredTensor from;
  private final ByteSink sink;
  private final long target;
  private final long tileBytes;
  private final int tiles;
  private int next;
  private int done;

  CopyRun(Write.Copy copy, ByteSink sink, long tileBytes) {
    this.from = copy.from();
    this.sink = sink;
    this.target = copy.offset();
    this.tileBytes = tileBytes;
    this.tiles = Math.toIntExact((from.length() + tileBytes - 1) / tileBytes);
  }

  @Override
  public void prepare(Worker worker) {}

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
    MemorySegment buffer = worker.buffer().asSlice(0, weight(tile));
    worker.read(from, at, buffer);
    sink.write(target + at, buffer);
  }

  @Override
  public boolean tileDone() {
    return ++done == tiles;
  }

  @Override
  public boolean finishPass() {
    return false;
  }

  @Override
  public long weight(int tile) {
    return Math.min(tileBytes, from.length() - tile * tileBytes);
  }

  @Override
  public void release(MemoryPool pool) {}
}
