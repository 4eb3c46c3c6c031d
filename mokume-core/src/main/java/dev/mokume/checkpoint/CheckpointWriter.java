package dev.mokume.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.LongAdder;

/// Writes a checkpoint's tensors in parts, in any order and from any thread, to their places in a
/// [ByteSink].
///
/// A commit is refused unless every byte was written, so no tensor is lost without notice.
public final class CheckpointWriter implements AutoCloseable {
  private final CheckpointLayout layout;
  private final ByteSink sink;
  private final LongAdder written = new LongAdder();

  private CheckpointWriter(CheckpointLayout layout, ByteSink sink) {
    this.layout = layout;
    this.sink = sink;
  }

  /// Writes the header, and zeros where nothing is. The sink is closed with the writer, or here if
  /// writing fails.
  public static CheckpointWriter open(CheckpointLayout layout, ByteSink sink) {
    CheckpointWriter writer = new CheckpointWriter(layout, layout.placing(sink));
    try {
      layout.writeHeader(sink);
    } catch (RuntimeException e) {
      sink.close();
      throw e;
    }
    writer.written.add(layout.headerLength());
    layout.gaps().forEach(gap -> writer.written.add(gap.length()));
    return writer;
  }

  public CheckpointLayout layout() {
    return layout;
  }

  /// Writes `part`, which is native memory, at byte `offset` of the tensor. No byte may be written
  /// twice.
  public void write(CheckpointLayout.Placement tensor, long offset, MemorySegment part) {
    if (offset < 0 || part.byteSize() > tensor.length() - offset) {
      throw new IllegalArgumentException(
          part.byteSize()
              + " bytes at "
              + offset
              + " do not fit tensor '"
              + tensor.name()
              + "' of "
              + tensor.length());
    }
    sink.write(tensor.offset() + offset, part);
    written.add(part.byteSize());
  }

  /// Gives the checkpoint its name.
  ///
  /// @throws IllegalStateException if bytes are missing or were written twice
  public void commit() {
    if (written.sum() != layout.size()) {
      throw new IllegalStateException(
          sink.name()
              + ": "
              + written.sum()
              + " bytes were written of "
              + layout.size()
              + "; this is a bug of Mokume");
    }
    sink.commit();
  }

  /// Gives up what was not committed.
  @Override
  public void close() {
    sink.close();
  }
}
