package dev.mokume.checkpoint;

import dev.mokume.tensor.TensorSpec;

/// A tensor whose elements lie contiguously, row-major and little-endian, in a range of a source.
///
/// @param offset of the first byte in `source`
/// @param length in bytes
public record StoredTensor(TensorSpec spec, ByteSource source, long offset, long length) {
  public String name() {
    return spec.name();
  }
}
