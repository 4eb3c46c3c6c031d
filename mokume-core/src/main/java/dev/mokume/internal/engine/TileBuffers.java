package dev.mokume.internal.engine;

import java.lang.foreign.MemorySegment;

/// Cuts a worker's buffer into the pieces that one tile needs.
final class TileBuffers {
  private final MemorySegment buffer;
  private long taken;

  TileBuffers(MemorySegment buffer) {
    this.buffer = buffer;
  }

  /// The next piece, for so many elements.
  MemorySegment take(int bitsPerElement, int elements) {
    MemorySegment piece = buffer.asSlice(taken, bytes(bitsPerElement, elements));
    taken += MemoryPool.rounded(piece.byteSize());
    return piece;
  }

  static long bytes(int bitsPerElement, long elements) {
    return (elements * bitsPerElement + 7) / 8;
  }
}
