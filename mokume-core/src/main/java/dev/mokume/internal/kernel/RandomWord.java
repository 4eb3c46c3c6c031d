package dev.mokume.internal.kernel;

/// The stateless generator's word, which holds two draws of 32 bits.
///
/// Source: G. Steele, D. Lea, C. Flood, Fast Splittable Pseudorandom Number Generators (OOPSLA
/// 2014): SplitMix64, its state stepped to any place by a multiplication.
final class RandomWord {
  /// 2^64 divided by the golden ratio, odd.
  static final long STEP = 0x9E37_79B9_7F4A_7C15L;

  static final long MULTIPLIER_1 = 0xBF58_476D_1CE4_E5B9L;
  static final long MULTIPLIER_2 = 0x94D0_49BB_1331_11EBL;

  private RandomWord() {}

  /// The word at `index`: that of elements `2 * index` and `2 * index + 1`.
  static long at(long key, long index) {
    return finalise(key + index * STEP);
  }

  static long finalise(long state) {
    long mixed = (state ^ state >>> 30) * MULTIPLIER_1;
    mixed = (mixed ^ mixed >>> 27) * MULTIPLIER_2;
    return mixed ^ mixed >>> 31;
  }
}
