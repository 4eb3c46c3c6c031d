package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// Turns stored elements of one dtype into f32 and back.
///
/// Decoding is exact, but for F64, which is rounded to the nearest f32, and for quantised blocks,
/// whose formulas are in f32. Encoding rounds to nearest even, keeps subnormals, overflows to
/// infinity (E4M3: to NaN), and writes every NaN as the dtype's canonical quiet NaN. Elements are
/// little-endian and may start at any byte; quantised ones come in whole blocks
/// ([dev.mokume.tensor.Packing]).
public interface Codec {
  /// Decodes `count` elements that start at byte `offset` of `from` into `into[0..count)`.
  void decode(MemorySegment from, long offset, float[] into, int count);

  /// Encodes `from[0..count)` to byte `offset` of `into`, for a dtype that
  /// [dev.mokume.tensor.DType#isEncodable]. Returns how many of the stored elements are NaN or
  /// infinite.
  int encode(float[] from, MemorySegment into, long offset, int count);
}
