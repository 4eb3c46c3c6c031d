package dev.mokume.internal.random;

/// The draws of one tensor, an element at a time, readable from any block of 4,096 elements on.
///
/// Blocks start at `first`, a multiple of 4,096, and hold `count` elements, fewer than 4,096 only
/// at the tensor's end. The same block gives the same draws however often and in whatever order
/// blocks are asked for. A sequence may hold a position and belongs to one thread; its source makes
/// as many as there are threads.
public interface DrawSequence {
  /// Bit i of `out`, from the lowest of the first word on, says whether element `first + i` is
  /// kept, which happens with `probability`. Bits from `count` on are 0.
  void keep(long first, double probability, long[] out, int count);

  /// Uniform deviates in [0, 1), multiples of 2^-24.
  void uniform(long first, float[] out, int count);

  /// Normal deviates.
  void normal(long first, double mean, double deviation, float[] out, int count);

  /// Every element falls in one of four quarters, 0 to 3, alike likely: bit i says whether element
  /// `first + i` is in `quarter`.
  void quarter(long first, int quarter, long[] out, int count);
}
