package dev.mokume.internal.kernel;

/// How values, all of them finite, become one block of a GGUF type.
@FunctionalInterface
interface BlockEncoding {
  /// Encodes the elements from `start` on to the block at `at`, whose bytes are zero.
  void encode(float[] from, int start, byte[] blocks, int at);
}
