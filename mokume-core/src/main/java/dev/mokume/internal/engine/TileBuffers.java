package dev.mokume.internal.engine;

import dev.mokume.tensor.Packing;
import java.lang.foreign.MemorySegment;

/// Cuts a worker's buffer into the pieces that one tile needs.
final class TileBuffers {
  private final MemorySegment buffer;
  private long taken;

  TileBuffers(MemorySegment buffer) {
    this.buffer = buffer;
  }

  /// The next piece, for so many elements.
  MemorySegment take(Packing packing, int elements) {
    MemorySegment piece = buffer.asSlice(taken, packing.bytes(elements));
    taken += MemoryPool.rounded(piece.byteSize());
    return piece;
  }
}
