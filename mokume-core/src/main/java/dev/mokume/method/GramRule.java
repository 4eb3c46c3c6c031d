package dev.mokume.method;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// How much of each of several vectors goes into their combination, told by their dot products
/// alone: every rule along the sphere gives a linear combination of the vectors, and everything
/// that it asks of what it makes on the way (a norm, an angle) is a sum over those products.
///
/// Arithmetic is f64 with [StrictMath]. A vector of zeros has no direction and is at right angles
/// to all others.
sealed interface GramRule {
  /// One coefficient a vector.
  ///
  /// @param gram the dot product of each vector with each
  double[] coefficients(double[][] gram);

  /// Along the arc between two vectors.
  ///
  /// @param t the share of the later
  /// @param parallel the |cosine| from which on the two are blended linearly
  record Arc(double t, double parallel) implements GramRule {
    @Override
    public double[] coefficients(double[][] gram) {
      double cosine = cosine(gram, 0, 1);
      if (!(Math.abs(cosine) <= parallel)) {
        return new double[] {1 - t, t};
      }
      double angle = StrictMath.acos(cosine);
      double sine = StrictMath.sin(angle);
      return new double[] {
        StrictMath.sin((1 - t) * angle) / sine, StrictMath.sin(t * angle) / sine
      };
    }
  }

  /// The direction of the weighted sum of directions, as long as the weighted sum of lengths. Where
  /// the directions cancel out, the weighted sum of the vectors.
  ///
  /// mergekit goes on from there along the tangent `sum w_i (u_i - <u_i, m> m)`. That is `s - <s,
  /// m> m` with the sum s of the weighted directions, and 0, since m is the direction of s.
  record Mean(Weighing weights) implements GramRule {
    /// Under this length the directions cancel out.
    private static final double LEAST = 1e-8;

    @Override
    public double[] coefficients(double[][] gram) {
      double[] shares = weights.shares();
      double[] ofUnits = shares.clone();
      double length = 0;
      for (int i = 0; i < shares.length; i++) {
        double own = norm(gram, i);
        ofUnits[i] = own == 0 ? 0 : shares[i] / own;
        length += shares[i] * own;
      }
      double sum = Math.sqrt(square(gram, ofUnits));
      if (!(sum >= LEAST)) {
        return shares;
      }
      return scaled(ofUnits, length / sum);
    }
  }

  /// The weights of models: a list of numbers that is compared by its values.
  record Weighing(List<Double> weights, boolean normalized) {
    public Weighing {
      weights = List.copyOf(weights);
    }

    /// The weights, divided by their sum if they are normalised.
    double[] shares() {
      double[] shares = weights.stream().mapToDouble(Double::doubleValue).toArray();
      return normalized ? scaled(shares, 1 / Arrays.stream(shares).sum()) : shares;
    }
  }

  /// The direction nearest to all directions, as long as the mean of the lengths.
  record Karcher(int iterations, double tolerance) implements GramRule {
    @Override
    public double[] coefficients(double[][] gram) {
      int n = gram.length;
      double[] norms = IntStream.range(0, n).mapToDouble(i -> norm(gram, i)).toArray();
      int[] pointing = IntStream.range(0, n).filter(i -> norms[i] > tolerance).toArray();
      if (pointing.length == 0) {
        return new double[n];
      }
      double[] u = new double[n];
      for (int i : pointing) {
        u[i] = 1 / norms[i] / pointing.length;
      }
      double length = Math.sqrt(square(gram, u));
      if (length < tolerance) {
        Arrays.fill(u, 0);
        u[pointing[0]] = 1 / norms[pointing[0]];
      } else {
        u = scaled(u, 1 / length);
      }
      for (int step = 0; step < iterations; step++) {
        double[] tangent = tangent(gram, u, norms, pointing);
        double angle = Math.sqrt(square(gram, tangent));
        if (!(angle >= tolerance)) {
          break;
        }
        double along = StrictMath.sin(angle) / angle;
        double rest = StrictMath.cos(angle);
        for (int i = 0; i < n; i++) {
          u[i] = rest * u[i] + along * tangent[i];
        }
        u = scaled(u, 1 / Math.sqrt(square(gram, u)));
      }
      return scaled(u, Arrays.stream(norms).sum() / n);
    }

    /// The mean of the ways from u to the directions, each as long as its angle.
    private double[] tangent(double[][] gram, double[] u, double[] norms, int[] pointing) {
      double[] tangent = new double[u.length];
      for (int i : pointing) {
        double dot = 0;
        for (int j = 0; j < u.length; j++) {
          dot += u[j] * gram[i][j];
        }
        double cosine = Math.clamp(dot / norms[i], -1, 1);
        double angle = StrictMath.acos(cosine);
        double sine = StrictMath.sin(angle);
        // From a point to its opposite no way is the shortest.
        if (angle >= tolerance && sine >= tolerance) {
          double factor = angle / sine / pointing.length;
          for (int j = 0; j < u.length; j++) {
            tangent[j] -= factor * cosine * u[j];
          }
          tangent[i] += factor / norms[i];
        }
      }
      return tangent;
    }
  }

  /// Towards the mean of the vectors, which are differences from a base, as far as they agree.
  ///
  /// Opposite vectors, of any lengths, have a mean cosine of -1 / (n - 1), and so have more than
  /// two whose directions add up to nothing. The way has a pole there: of ours none is longer than
  /// the longest vector, and where they are opposite but for rounding there is none. That is so of
  /// whole tensors; the lines of one go by [StepwiseAngles#stock], which has no such limit.
  record Stock() implements GramRule {
    /// Vectors for which `1 + (n - 1) c` is no more are opposite: two of them to a millionth of
    /// their length, about the last bits of f32.
    private static final double POLE = 1e-12;

    @Override
    public double[] coefficients(double[][] gram) {
      int n = gram.length;
      double sum = 0;
      for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n; j++) {
          sum += cosine(gram, i, j);
        }
      }
      double cosine = sum / (n * (n - 1) / 2);
      double divisor = 1 + (n - 1) * cosine;
      double[] coefficients = new double[n];
      Arrays.fill(coefficients, 1);
      double length = Math.sqrt(square(gram, coefficients));
      double longest = IntStream.range(0, n).mapToDouble(i -> norm(gram, i)).max().orElse(0);
      if (length == 0 || !(divisor > POLE)) {
        return new double[n];
      }
      double most = longest / length;
      return scaled(coefficients, Math.clamp(cosine / divisor, -most, most));
    }
  }

  private static double norm(double[][] gram, int i) {
    return Math.sqrt(gram[i][i]);
  }

  private static double cosine(double[][] gram, int i, int j) {
    double norms = norm(gram, i) * norm(gram, j);
    return norms == 0 ? 0 : Math.clamp(gram[i][j] / norms, -1, 1);
  }

  /// The squared length of the combination with those coefficients.
  private static double square(double[][] gram, double[] coefficients) {
    double sum = 0;
    for (int i = 0; i < coefficients.length; i++) {
      for (int j = 0; j < coefficients.length; j++) {
        sum += coefficients[i] * coefficients[j] * gram[i][j];
      }
    }
    // What cancels out may come to less than nothing.
    return Math.max(0, sum);
  }

  private static double[] scaled(double[] x, double factor) {
    return Arrays.stream(x).map(value -> value * factor).toArray();
  }
}
