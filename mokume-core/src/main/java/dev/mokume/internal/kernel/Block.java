package dev.mokume.internal.kernel;

/// The unit that kernels work on, and the unit of reductions: 4,096 consecutive elements of one
/// tensor, aligned to a multiple of 4,096 in it. The last block of a tensor may be shorter.
public final class Block {
  /// Elements in a full block.
  public static final int ELEMENTS = 4096;

  /// Words of 64 bits that hold a full block's mask: bit `i & 63` of word `i >> 6` is element
  /// `i`'s.
  public static final int MASK_WORDS = ELEMENTS / 64;

  private Block() {}

  /// How many blocks a tensor of `elements` has.
  public static long count(long elements) {
    return (elements + ELEMENTS - 1) / ELEMENTS;
  }
}
