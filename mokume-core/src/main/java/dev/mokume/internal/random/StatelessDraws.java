package dev.mokume.internal.random;

import dev.mokume.internal.kernel.Draws;

/// Mokume's own draws: a pure function of a key and the element's index, safe for any number of
/// threads.
///
/// @param draws the kernels
/// @param key of the tensor and the draw: [RandomKey]
public record StatelessDraws(Draws draws, long key) implements DrawSequence {
  @Override
  public void keep(long first, double probability, long[] out, int count) {
    draws.keep(key, first, limit(probability), out, count);
  }

  @Override
  public void uniform(long first, float[] out, int count) {
    draws.uniform(key, first, out, count);
  }

  @Override
  public void normal(long first, double mean, double deviation, float[] out, int count) {
    draws.normal(key, first, mean, deviation, out, count);
  }

  @Override
  public void quarter(long first, int quarter, long[] out, int count) {
    draws.quarter(key, first, quarter, out, count);
  }

  /// An integer is below `probability * 2^32` exactly if it is below that number rounded up; the
  /// product is exact.
  private static long limit(double probability) {
    return (long) Math.ceil(probability * 0x1p32);
  }
}
