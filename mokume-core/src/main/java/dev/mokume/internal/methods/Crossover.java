package dev.mokume.internal.methods;

import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.TensorMethod;
import dev.mokume.plugin.WholeTensor;
import dev.mokume.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/// The low frequencies of A and the high ones of B, of tensors taken for signals in all of their
/// dimensions. Source: sd-mecha, crossover.
///
/// The filter is the same for a frequency and its negative in each dimension. Such a filter does
/// the same to Hartley's transform, dimension by dimension, as to Fourier's, and that one is made
/// of real numbers: so the transform takes no more room than the tensor.
final class Crossover implements TensorMethod {
  private static final double SMALL = 1e-10;
  private static final int BLOCK = 4096;

  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "crossover",
        "the low frequencies of A, the high ones of B, of all dimensions",
        Models.of("a", "b"),
        List.of(
            Parameter.share("alpha", 0.5, "the share of frequencies that are B's"),
            new Parameter.Real(
                "tilt",
                0,
                -1000,
                1000,
                "how the one goes over into the other: 0 at once, 1 as a blend of all, 2 with low"
                    + " and high swapped; modulo 4")),
        "sd-mecha, crossover");
  }

  @Override
  public long heapBytes(Setting setting) {
    long longest = 1;
    for (long dimension : setting.shape().toArray()) {
      longest = Math.max(longest, dimension);
    }
    return AxisLines.heapBytes(longest) + Fourier.heapBytes(longest) + 4L * Float.BYTES * BLOCK;
  }

  @Override
  public void apply(TensorCall call) {
    double alpha = call.setting().real("alpha");
    double tilt = call.setting().real("tilt");
    WholeTensor a = call.input(0);
    WholeTensor b = call.input(1);
    WholeTensor out = call.output();
    if (alpha == 0 || alpha == 1) {
      out.copyFrom(alpha == 0 ? a : b);
    } else if (tilt == 1 || out.shape().rank() == 0) {
      combine(a, (float) (1 - alpha), b, (float) alpha, out);
    } else {
      combine(a, -1, b, 1, out);
      transform(out);
      filter(out, Filter.of(alpha, tilt));
      transform(out);
      combine(a, 1, out, (float) (1.0 / out.count()), out);
    }
  }

  private static void combine(
      WholeTensor a, float weightA, WholeTensor b, float weightB, WholeTensor out) {
    float[] x = new float[BLOCK];
    float[] y = new float[BLOCK];
    for (long first = 0; first < out.count(); first += BLOCK) {
      int length = (int) Math.min(BLOCK, out.count() - first);
      a.read(first, x, 0, length);
      b.read(first, y, 0, length);
      for (int i = 0; i < length; i++) {
        x[i] = weightA * x[i] + weightB * y[i];
      }
      out.write(first, x, 0, length);
    }
  }

  /// Hartley's transform along each dimension; twice is the tensor times the number of elements.
  private static void transform(WholeTensor tensor) {
    for (int dimension = 0; dimension < tensor.shape().rank(); dimension++) {
      int length = Math.toIntExact(tensor.shape().dimension(dimension));
      if (length > 1) {
        Fourier fourier = new Fourier(length);
        double[] none = new double[length];
        new AxisLines(tensor, dimension)
            .each((panel, lines) -> {
              for (int line = 0; line + 1 < lines; line += 2) {
                hartley(fourier, panel[line], panel[line + 1]);
              }
              if (lines % 2 != 0) {
                Arrays.fill(none, 0);
                hartley(fourier, panel[lines - 1], none);
              }
            });
      }
    }
  }

  /// Two lines at once, as the real and the imaginary part of one.
  private static void hartley(Fourier fourier, double[] real, double[] imaginary) {
    fourier.transform(real, imaginary);
    int length = real.length;
    for (int k = 1; k <= length - k; k++) {
      int other = length - k;
      double sumReal = (real[k] + real[other]) / 2;
      double sumImaginary = (imaginary[k] + imaginary[other]) / 2;
      double differenceReal = (real[k] - real[other]) / 2;
      double differenceImaginary = (imaginary[k] - imaginary[other]) / 2;
      real[k] = sumReal - differenceImaginary;
      imaginary[k] = sumImaginary + differenceReal;
      real[other] = sumReal + differenceImaginary;
      imaginary[other] = sumImaginary - differenceReal;
    }
  }

  private static void filter(WholeTensor tensor, Filter filter) {
    Shape shape = tensor.shape();
    int rank = shape.rank();
    float[][] shares = new float[rank][];
    for (int dimension = 0; dimension < rank; dimension++) {
      shares[dimension] =
          frequencies(Math.toIntExact(shape.dimension(dimension)), dimension == rank - 1);
    }
    int columns = shares[rank - 1].length;
    float[] row = new float[columns];
    for (long first = 0; first < tensor.count(); first += columns) {
      float others = 0;
      long rest = first / columns;
      for (int dimension = rank - 2; dimension >= 0; dimension--) {
        float share = shares[dimension][(int) (rest % shares[dimension].length)];
        others += share * share;
        rest /= shares[dimension].length;
      }
      tensor.read(first, row, 0, columns);
      for (int column = 0; column < columns; column++) {
        float share = shares[rank - 1][column];
        float radius = (float) Math.sqrt((others + share * share) / rank);
        // The root of a square is not always the number, and a filter may end exactly there.
        row[column] *= filter.share(rank == 1 ? share : radius);
      }
      tensor.write(first, row, 0, columns);
    }
  }

  /// The frequencies along a dimension, the greatest being 1.
  ///
  /// @param isLast whether it is the dimension of which Fourier's transform of real numbers keeps
  ///   half
  private static float[] frequencies(int length, boolean isLast) {
    float[] shares = new float[length];
    int half = length / 2;
    for (int k = 0; k < length; k++) {
      int frequency = Math.min(k, length - k);
      shares[k] = half == 0 ? 0 : isLast ? step(frequency, half) : (float) frequency / half;
    }
    return shares;
  }

  /// Number `k` of the numbers from 0 to 1 in `steps` equal steps, with the rounding of torch:
  /// eight at a time from the first of them, as long as there are sixteen; each from the nearer
  /// end.
  private static float step(int k, int steps) {
    int numbers = steps + 1;
    float step = 1f / steps;
    int start = k < numbers / 16 * 16 ? k / 8 * 8 : k;
    float first = start < numbers / 2 ? step * start : 1 - step * (steps - start);
    return first + step * (k - start);
  }

  /// How much of a frequency is B's.
  ///
  /// @param alpha the share of frequencies
  /// @param tilt in 0..4
  private record Filter(double alpha, double tilt, boolean inverted) {
    static Filter of(double alpha, double tilt) {
      double turn = tilt - Math.floor(tilt / 4) * 4;
      return new Filter(turn > 2 ? 1 - alpha : alpha, turn, turn > 2);
    }

    float share(float frequency) {
      float share = upright(frequency);
      return inverted ? 1 - share : share;
    }

    private float upright(float frequency) {
      if (tilt < SMALL || Math.abs(tilt - 4) < SMALL) {
        return frequency > (float) (1 - alpha) ? 1 : 0;
      }
      if (Math.abs(tilt - 2) < SMALL) {
        return frequency < (float) (1 - alpha) ? 1 : 0;
      }
      double slope = 1 / StrictMath.tan(Math.PI * tilt / 2);
      boolean rising = tilt <= 1 || tilt > 2 && tilt <= 3;
      double height = rising ? alpha * slope + alpha - slope : alpha - alpha * slope;
      return (float) Math.clamp(frequency * slope + height, 0, 1);
    }
  }
}
