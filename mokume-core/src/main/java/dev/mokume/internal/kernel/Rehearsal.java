package dev.mokume.internal.kernel;

import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A block of ordinary values to try kernels on: half of them negative, none of them zero, NaN or
/// infinite.
final class Rehearsal {
  /// Where the magnitudes around 1 are counted.
  static final int BUCKET = Float.floatToIntBits(1) / Histogram.LOWER_BUCKETS;

  final int[] counts = new int[Histogram.LOWER_BUCKETS];
  final float[] a = new float[Block.ELEMENTS];
  final float[] b = new float[Block.ELEMENTS];
  final float[] out = new float[Block.ELEMENTS];
  final double[] wideA = new double[Block.ELEMENTS];
  final double[] wideB = new double[Block.ELEMENTS];
  final double[] wideOut = new double[Block.ELEMENTS];
  final long[] mask = new long[Block.MASK_WORDS];
  final long[] outMask = new long[Block.MASK_WORDS];
  final MemorySegment storedA = Arena.ofAuto().allocate(2L * Block.ELEMENTS);
  final MemorySegment storedB = Arena.ofAuto().allocate(2L * Block.ELEMENTS);
  final MemorySegment storedOut = Arena.ofAuto().allocate(2L * Block.ELEMENTS);
  final short[] halvesA = new short[Block.ELEMENTS];
  final short[] halves = new short[Block.ELEMENTS];
  final int[] packedA;
  final int[] packedB;
  final int[] packed = new int[Block.ELEMENTS / 2];

  /// The stored blocks hold `dtype`, of 16 bits.
  Rehearsal(Kernels plain, DType dtype) {
    plain.draws().normal(1, 0, 0, 1, a, Block.ELEMENTS);
    plain.draws().normal(2, 0, 0, 1, b, Block.ELEMENTS);
    plain.draws().keep(3, 0, 1L << 31, mask, Block.ELEMENTS);
    plain.codec(dtype).encode(a, storedA, 0, Block.ELEMENTS);
    plain.codec(dtype).encode(b, storedB, 0, Block.ELEMENTS);
    packedA = storedA.toArray(LittleEndian.INT);
    packedB = storedB.toArray(LittleEndian.INT);
    for (int i = 0; i < Block.ELEMENTS; i++) {
      wideA[i] = a[i];
      wideB[i] = b[i];
    }
  }
}
