package dev.mokume.analysis;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/// Compares tensors by their bytes, for dtypes that Mokume copies and cannot compute with.
final class StoredBytes {
  private static final int PIECE = 1 << 20;

  private StoredBytes() {}

  /// Whether two tensors of one dtype and shape hold different bytes. Stops reading at the first
  /// difference.
  static boolean differ(StoredTensor a, StoredTensor b, BooleanSupplier cancelled) {
    if (a.length() != b.length()) {
      return true;
    }
    try (Arena arena = Arena.ofConfined()) {
      long most = Math.min(PIECE, a.length());
      MemorySegment left = arena.allocate(most);
      MemorySegment right = arena.allocate(most);
      for (long offset = 0; offset < a.length(); offset += most) {
        if (cancelled.getAsBoolean()) {
          throw new MokumeException(ErrorCode.CANCELLED, "the comparison was cancelled.");
        }
        long length = Math.min(most, a.length() - offset);
        a.source().read(a.offset() + offset, left.asSlice(0, length));
        b.source().read(b.offset() + offset, right.asSlice(0, length));
        if (left.asSlice(0, length).mismatch(right.asSlice(0, length)) >= 0) {
          return true;
        }
      }
      return false;
    }
  }
}
