package dev.mokume.internal.engine;

import dev.mokume.event.ComputeEvent;
import dev.mokume.event.ReadEvent;
import dev.mokume.event.WriteEvent;

/// What one worker tells Flight Recorder of the strips that it works on. The same three events
/// serve for all strips, so that nothing is allocated for one.
final class WorkerEvents {
  private final ReadEvent read = new ReadEvent();
  private final ComputeEvent compute = new ComputeEvent();
  private final WriteEvent write = new WriteEvent();

  void turnTo(String tensor, int pass) {
    read.tensor = tensor;
    read.pass = pass;
    compute.tensor = tensor;
    compute.pass = pass;
    write.tensor = tensor;
    write.pass = pass;
  }

  void beginRead() {
    read.begin();
  }

  void endRead(String file, long bytes) {
    read.end();
    if (read.shouldCommit()) {
      read.file = file;
      read.bytes = bytes;
      read.commit();
    }
  }

  void beginCompute() {
    compute.begin();
  }

  void endCompute(long elements, long bytes) {
    compute.end();
    if (compute.shouldCommit()) {
      compute.elements = elements;
      compute.bytes = bytes;
      compute.commit();
    }
  }

  void beginWrite() {
    write.begin();
  }

  void endWrite(String file, long bytes) {
    write.end();
    if (write.shouldCommit()) {
      write.file = file;
      write.bytes = bytes;
      write.commit();
    }
  }
}
