package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// One thread's working arrays of a block's size, made once, so that kernels can be shared and
/// still never allocate.
///
/// The plain loops need them because C2 does not vectorise a loop that reads one memory segment and
/// writes another (they may overlap): such kernels write an array and copy it in bulk. A kernel may
/// use the arrays freely while it runs and must not expect to find anything in them when it starts.
final class Scratch {
  private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

  final byte[] bytes = new byte[Block.ELEMENTS];

  /// A block's worth of the widest quantised dtype, Q8_0.
  final byte[] blocks = new byte[Block.ELEMENTS / 32 * 34];

  final short[] shorts = new short[Block.ELEMENTS];
  final short[] shortsA = new short[Block.ELEMENTS];
  final short[] shortsB = new short[Block.ELEMENTS];
  final MemorySegment shortBits = MemorySegment.ofArray(shorts);
  final float[] floats = new float[Block.ELEMENTS];
  final double[] doubles = new double[Block.ELEMENTS];

  final long[] near = new long[Block.MASK_WORDS];

  final Tally tally = new Tally();

  /// The sixteen sums of a reduction.
  final double[] lanes = new double[16];

  /// Two elements a word: stored halves side by side, or the two draws of a random word.
  final long[] pairs = new long[Block.ELEMENTS / 2];

  final MemorySegment pairBits = MemorySegment.ofArray(pairs);
  final int[] packed = new int[Block.ELEMENTS / 2];
  final int[] packedB = new int[Block.ELEMENTS / 2];

  final Widened widened = new Widened();

  /// What the search for the scales of a super-block tries and finds.
  final ScaleSearch scaleSearch = new ScaleSearch();

  final float[] valuesA = new float[Block.ELEMENTS];
  final float[] valuesB = new float[Block.ELEMENTS];

  private Scratch() {}

  static Scratch ofThread() {
    return OF_THREAD.get();
  }
}
