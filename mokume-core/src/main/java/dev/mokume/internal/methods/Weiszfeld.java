package dev.mokume.internal.methods;

import java.util.Arrays;

/// The weights with which points sum to their geometric median: the place from which the distances
/// to all of them add up to the least. Weiszfeld's iteration.
///
/// @param closest distance that is told apart
/// @param tolerance the relative change of the mean distance at which it ends
/// @param most iterations
record Weiszfeld(double closest, double tolerance, long most) {
  /// Numbers that add up to 1.
  ///
  /// @param points tensors, each of which is a point
  double[] weights(RowPass points, int count) {
    double[] weights = new double[count];
    Arrays.fill(weights, 1.0 / count);
    double[] distances = distances(points, weights);
    double mean = mean(distances);
    for (long iteration = 0; iteration < most; iteration++) {
      double sum = 0;
      for (int i = 0; i < count; i++) {
        weights[i] = 1 / Math.max(distances[i], closest);
        sum += weights[i];
      }
      for (int i = 0; i < count; i++) {
        weights[i] /= sum;
      }
      distances = distances(points, weights);
      double before = mean;
      mean = mean(distances);
      if (Math.abs(before - mean) <= tolerance * mean) {
        break;
      }
    }
    return weights;
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).reduce(0, Double::sum) / values.length;
  }

  private static double[] distances(RowPass points, double[] weights) {
    double[] squares = new double[weights.length];
    points.each((_, rows, length) -> {
      for (int i = 0; i < length; i++) {
        double median = 0;
        for (int point = 0; point < weights.length; point++) {
          median += weights[point] * rows[point][i];
        }
        for (int point = 0; point < weights.length; point++) {
          double away = rows[point][i] - median;
          squares[point] += away * away;
        }
      }
    });
    for (int point = 0; point < squares.length; point++) {
      squares[point] = Math.sqrt(squares[point]);
    }
    return squares;
  }

  /// A stretch of the median, into the first row.
  static void sum(float[][] rows, double[] weights, int length) {
    for (int i = 0; i < length; i++) {
      double sum = 0;
      for (int point = 0; point < weights.length; point++) {
        sum += weights[point] * rows[point][i];
      }
      rows[0][i] = (float) sum;
    }
  }
}
