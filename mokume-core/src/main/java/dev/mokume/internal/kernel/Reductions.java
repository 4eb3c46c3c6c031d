package dev.mokume.internal.kernel;

/// One block's share of a statistic, in f64. The order is fixed: 16 lanes (element index mod 16),
/// each summed in index order, combined as 8+8, 4+4, 2+2, 1+1. [#combine] adds the blocks' sums
/// pairwise in index order.
public interface Reductions {
  /// Sum of `a`.
  double sum(float[] a, int count);

  /// Sum of `a * a`, each product formed in f64.
  double sumOfSquares(float[] a, int count);

  /// Sum of `a * b`, each product formed in f64.
  double dot(float[] a, float[] b, int count);

  /// Sum of |a|.
  double sumOfMagnitudes(float[] a, int count);

  /// How many elements are positive minus how many are negative.
  long sumOfSigns(float[] a, int count);

  /// How many elements are NaN or infinite.
  int countNonFinite(float[] a, int count);

  /// The least element, positive infinity if there is none; NaN if any is NaN.
  float min(float[] a, int count);

  /// The greatest element, negative infinity if there is none; NaN if any is NaN.
  float max(float[] a, int count);

  /// The sum of `blocks[from..to)` by pairwise halving: the left half takes the greatest power of
  /// two below the length.
  static double combine(double[] blocks, int from, int to) {
    int length = to - from;
    if (length <= 0) {
      return 0;
    }
    if (length == 1) {
      return blocks[from];
    }
    int left = Integer.highestOneBit(length - 1);
    return combine(blocks, from, from + left) + combine(blocks, from + left, to);
  }
}
