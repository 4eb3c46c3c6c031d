package dev.mokume.plugin;

/// The arithmetic of an [ElementMethod] on a block of elements. Called by many threads at once, for
/// blocks in any order; it allocates nothing and keeps nothing.
@FunctionalInterface
public interface ElementKernel {
  /// Fills `out[0]` to `out[count - 1]`.
  ///
  /// @param inputs a block of each input, f32; not to be written to
  /// @param out another array than any input
  /// @param first the number of the block's first element in the tensor, row by row
  /// @param count elements of the block; the arrays may be longer
  void apply(float[][] inputs, float[] out, long first, int count);
}
