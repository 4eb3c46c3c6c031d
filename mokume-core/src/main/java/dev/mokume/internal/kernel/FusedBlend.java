package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// The most common merges in one step, from stored bytes to stored bytes of one dtype: decode,
/// [Arithmetic#blend] or the step of DARE, encode, with the same result to the bit as those kernels
/// one by one.
public interface FusedBlend {
  /// Arrays for so many elements, for the same on a little-endian machine without copying.
  Strip strip(int elements);

  /// `out = weightA * a + weightB * b` for `count` elements: three roundings in f32 and one to the
  /// dtype. The offsets are in bytes and need no alignment; the weights are finite; `out` may be
  /// `a` or `b` at the same offset, and may not overlap them otherwise. Returns how many of the
  /// stored results are NaN or infinite.
  long blend(
      MemorySegment a,
      long offsetA,
      float weightA,
      MemorySegment b,
      long offsetB,
      float weightB,
      MemorySegment out,
      long offsetOut,
      long count);

  /// Arrays of the heap that hold two operands and the result as they are stored, from the first
  /// element on.
  interface Strip {
    MemorySegment a();

    MemorySegment b();

    MemorySegment out();

    /// As [FusedBlend#blend] does on the first `count` elements.
    long blend(float weightA, float weightB, int count);

    /// `out = set ? a + (b - a) / divisor : a`, each operation rounded to f32 and the result to the
    /// dtype, for at most a [Block] of elements from `first` on, a multiple of a block. Bit 0 of
    /// the mask is for the element at `first`. Returns how many results are NaN or infinite.
    long update(long[] mask, float divisor, StoredSelection selection, int first, int count);
  }
}
