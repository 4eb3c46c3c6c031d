package dev.mokume.internal.kernel;

import java.util.Arrays;

/// One number of those that many tensors have at each place of a block.
///
/// There is no vector twin: the loops over lanes are simple enough for the compiler to turn them
/// into vector code itself.
public final class Pools {
  /// Places that are sorted side by side: as many as keep the numbers of a thousand tensors in a
  /// core's own cache.
  public static final int LANES = 64;

  private Pools() {}

  /// `out = (weights[0] * of[0] + weights[1] * of[1] + ...) / (weights[0] + weights[1] + ...)`, in
  /// f64 and in this order, rounded once.
  ///
  /// @param registers of a block each
  /// @param of which of them, in order
  /// @param sums room for `count` numbers
  public static void weightedMean(
      float[][] registers, int[] of, double[] weights, double[] sums, float[] out, int count) {
    Arrays.fill(sums, 0, count, 0);
    double total = 0;
    for (int i = 0; i < of.length; i++) {
      addWeighted(registers[of[i]], weights[i], sums, count);
      total += weights[i];
    }
    for (int k = 0; k < count; k++) {
      out[k] = (float) (sums[k] / total);
    }
  }

  private static void addWeighted(float[] values, double weight, double[] sums, int count) {
    for (int k = 0; k < count; k++) {
      sums[k] += weight * values[k];
    }
  }

  /// The mean of all but the `cut` smallest and the `cut` greatest of the numbers at each place,
  /// added in ascending order in f64, rounded once; NaN where any of them is NaN.
  ///
  /// @param registers of a block each
  /// @param of which of them; their order does not matter
  /// @param rows room of [#LANES] numbers for each of them, and one more
  public static void trimmedMean(
      float[][] registers, int[] of, int cut, float[][] rows, float[] out, int count) {
    int n = of.length;
    for (int at = 0; at < count; at += LANES) {
      int lanes = Math.min(LANES, count - at);
      float[] unordered = rows[n];
      Arrays.fill(unordered, 0);
      for (int i = 0; i < n; i++) {
        System.arraycopy(registers[of[i]], at, rows[i], 0, lanes);
        noteNaN(rows[i], unordered, lanes);
      }
      sort(rows, n);
      for (int lane = 0; lane < lanes; lane++) {
        double sum = unordered[lane];
        for (int i = cut; i < n - cut; i++) {
          sum += rows[i][lane];
        }
        out[at + lane] = (float) (sum / (n - 2 * cut));
      }
    }
  }

  private static void noteNaN(float[] values, float[] noted, int lanes) {
    for (int lane = 0; lane < lanes; lane++) {
      noted[lane] = Float.isNaN(values[lane]) ? Float.NaN : noted[lane];
    }
  }

  /// Sorts each lane: the same comparisons whatever the numbers are, so that all lanes go at once.
  /// Source: K. E. Batcher, Sorting networks and their applications, 1968 (odd-even merge sort).
  private static void sort(float[][] rows, int n) {
    for (int merged = 1; merged < n; merged *= 2) {
      for (int distance = merged; distance > 0; distance /= 2) {
        for (int start = distance % merged; start + distance < n; start += 2 * distance) {
          int end = Math.min(start + distance, n - distance);
          for (int i = start; i < end; i++) {
            if (i / (2 * merged) == (i + distance) / (2 * merged)) {
              order(rows[i], rows[i + distance]);
            }
          }
        }
      }
    }
  }

  private static void order(float[] smaller, float[] greater) {
    for (int lane = 0; lane < LANES; lane++) {
      float a = smaller[lane];
      float b = greater[lane];
      smaller[lane] = Math.min(a, b);
      greater[lane] = Math.max(a, b);
    }
  }
}
