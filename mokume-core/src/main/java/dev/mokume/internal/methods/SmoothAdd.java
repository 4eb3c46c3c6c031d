package dev.mokume.internal.methods;

import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.TensorMethod;
import dev.mokume.plugin.WholeTensor;
import java.util.Arrays;
import java.util.List;

/// A with the smoothed difference of B and C. Source: supermerger, smoothAdd: scipy's median of 3
/// places in every dimension, then its Gauss filter of deviation 1, both with the tensor mirrored
/// at its borders.
final class SmoothAdd implements TensorMethod {
  /// Four deviations on either side.
  private static final int RADIUS = 4;

  private static final double[] GAUSS = gauss();
  private static final int BLOCK = 4096;

  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "smooth_add",
        "A + alpha gauss(median(B - C)): the median of 3 places, and a Gauss filter of deviation 1,"
            + " in every dimension",
        Models.of("a", "b", "c"),
        List.of(new Parameter.Real("alpha", 1, -100, 100, "the factor of the difference")),
        "supermerger, smoothAdd");
  }

  @Override
  public long heapBytes(Setting setting) {
    long longest = 1;
    for (long dimension : setting.shape().toArray()) {
      longest = Math.max(longest, dimension);
    }
    return AxisLines.heapBytes(longest) + Double.BYTES * longest + 4L * Float.BYTES * BLOCK;
  }

  private static double[] gauss() {
    double[] weights = new double[2 * RADIUS + 1];
    double sum = 0;
    for (int i = -RADIUS; i <= RADIUS; i++) {
      weights[i + RADIUS] = StrictMath.exp(-0.5 * i * i);
      sum += weights[i + RADIUS];
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] /= sum;
    }
    return weights;
  }

  @Override
  public void apply(TensorCall call) {
    WholeTensor out = call.output();
    median(call.input(1), call.input(2), out);
    for (int dimension = 0; dimension < out.shape().rank(); dimension++) {
      int length = Math.toIntExact(out.shape().dimension(dimension));
      double[] smooth = new double[length];
      new AxisLines(out, dimension)
          .each((panel, lines) -> {
            for (int line = 0; line < lines; line++) {
              smooth(panel[line], smooth);
              System.arraycopy(smooth, 0, panel[line], 0, length);
            }
          });
    }
    add(call.input(0), (float) call.setting().real("alpha"), out);
  }

  /// The middle one of the differences within one place in each dimension.
  private static void median(WholeTensor b, WholeTensor c, WholeTensor out) {
    long[] shape = out.shape().toArray();
    int rank = shape.length;
    int size = 1;
    for (int i = 0; i < rank; i++) {
      size *= 3;
    }
    float[] near = new float[size];
    long[] place = new long[rank];
    for (long element = 0; element < out.count(); element++) {
      for (int i = 0; i < size; i++) {
        long other = 0;
        for (int dimension = 0, code = i; dimension < rank; dimension++, code /= 3) {
          // Mirrored, the place beyond the border is the one on it.
          long at = Math.clamp(place[dimension] + code % 3 - 1, 0, shape[dimension] - 1);
          other = other * shape[dimension] + at;
        }
        near[i] = b.get(other) - c.get(other);
      }
      Arrays.sort(near);
      out.set(element, near[size / 2]);
      for (int dimension = rank - 1; dimension >= 0; dimension--) {
        if (++place[dimension] < shape[dimension]) {
          break;
        }
        place[dimension] = 0;
      }
    }
  }

  private static void smooth(double[] line, double[] into) {
    int length = line.length;
    for (int i = 0; i < length; i++) {
      double sum = 0;
      for (int k = -RADIUS; k <= RADIUS; k++) {
        sum += GAUSS[k + RADIUS] * line[mirrored(i + k, length)];
      }
      into[i] = sum;
    }
  }

  /// `d c b a | a b c d | d c b a`, as often as need be.
  private static int mirrored(int place, int length) {
    int inPeriod = Math.floorMod(place, 2 * length);
    return inPeriod < length ? inPeriod : 2 * length - 1 - inPeriod;
  }

  private static void add(WholeTensor a, float alpha, WholeTensor out) {
    float[] x = new float[BLOCK];
    float[] y = new float[BLOCK];
    for (long first = 0; first < out.count(); first += BLOCK) {
      int length = (int) Math.min(BLOCK, out.count() - first);
      a.read(first, x, 0, length);
      out.read(first, y, 0, length);
      for (int i = 0; i < length; i++) {
        x[i] += alpha * y[i];
      }
      out.write(first, x, 0, length);
    }
  }
}
