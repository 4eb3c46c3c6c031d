package dev.mokume.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Takes the bytes of tensors with their rows in order, and writes them where the file has them.
final class ReorderingSink implements ByteSink {
  private final ByteSink sink;

  /// Tensors with an order of their own, by their place in the file.
  private final NavigableMap<Long, CheckpointLayout.Placement> reordered = new TreeMap<>();

  ReorderingSink(ByteSink sink, CheckpointLayout layout) {
    this.sink = sink;
    layout
        .placements()
        .values()
        .forEach(placement -> {
          if (placement.order().isPresent() && placement.length() > 0) {
            reordered.put(placement.offset(), placement);
          }
        });
  }

  @Override
  public String name() {
    return sink.name();
  }

  /// A part is of one tensor.
  @Override
  public void write(long offset, MemorySegment part) {
    Map.Entry<Long, CheckpointLayout.Placement> before = reordered.floorEntry(offset);
    if (before == null || offset >= before.getKey() + before.getValue().length()) {
      sink.write(offset, part);
      return;
    }
    CheckpointLayout.Placement tensor = before.getValue();
    long rowBytes = tensor.length() / tensor.spec().shape().dimension(0);
    new RowPieces(tensor.order().orElseThrow(), rowBytes)
        .each(
            offset - tensor.offset(), part, (at, piece) -> sink.write(tensor.offset() + at, piece));
  }

  @Override
  public void commit() {
    sink.commit();
  }

  @Override
  public void close() {
    sink.close();
  }
}
