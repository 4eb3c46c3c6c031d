package dev.mokume.internal.engine;

import dev.mokume.event.ComputeEvent;
import dev.mokume.event.CopyEvent;
import dev.mokume.event.ReadEvent;
import dev.mokume.event.WriteEvent;

/// What one worker tells Flight Recorder of the strips that it works on. The same events serve for
/// all strips, so that nothing is allocated for one.
final class WorkerEvents {
  private final ReadEvent read = new ReadEvent();
  private final ComputeEvent compute = new ComputeEvent();
  private final WriteEvent write = new WriteEvent();
  private final CopyEvent copy = new CopyEvent();

  void turnTo(String tensor, int pass) {
    read.tensor = tensor;
    read.pass = pass;
    compute.tensor = tensor;
    compute.pass = pass;
    write.tensor = tensor;
    write.pass = pass;
    copy.tensor = tensor;
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

  void beginCopy() {
    copy.begin();
  }

  void endCopy(String file, long bytes) {
    copy.end();
    if (copy.shouldCommit()) {
      copy.file = file;
      copy.bytes = bytes;
      copy.commit();
    }
  }
}
