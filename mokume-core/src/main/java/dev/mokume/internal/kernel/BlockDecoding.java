package dev.mokume.internal.kernel;

/// What one block of a GGUF type means.
@FunctionalInterface
interface BlockDecoding {
  /// Decodes the block at `at` into the elements from `start` on.
  void decode(byte[] blocks, int at, float[] into, int start);
}
