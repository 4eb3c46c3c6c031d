package dev.mokume.internal.kernel;

/// Mokume's stateless random numbers: a draw is a pure function of a stream's key and the element's
/// index.
///
/// `word(i)` is the SplitMix64 finaliser of `key + (i >> 1) * 0x9E3779B97F4A7C15`; element i's draw
/// is its lower 32 bits if i is even, else its upper 32 bits.
public interface Draws {
  /// Bit i = draw(key, first + i) < `limit`, compared as unsigned 32-bit integers; `limit` is p *
  /// 2^32, so 2^32 keeps all. `first` is even.
  void keep(long key, long first, long limit, long[] out, int count);

  /// out[i] = the upper 24 bits of draw(key, first + i), times 2^-24: uniform in [0, 1). `first` is
  /// even.
  void uniform(long key, long first, float[] out, int count);

  /// out[i] = (float) (mean + deviation * z): z is a standard normal deviate from the two draws of
  /// `word(2 * (first + i))` by Box-Muller (cosine branch) in f64, with logarithm and cosine of our
  /// own, alike on every machine.
  void normal(long key, long first, double mean, double deviation, float[] out, int count);

  /// out[i] = the upper 2 bits of draw(key, first + i), as 0, 1, 2 or 3; bit i of `out` says
  /// whether it equals `quarter`. `first` is even.
  void quarter(long key, long first, int quarter, long[] out, int count);
}
