package dev.mokume.internal.methods;

import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.TensorMethod;
import dev.mokume.plugin.WholeTensor;
import java.util.List;

/// A blend whose share follows from how alike the two models' columns are; a column is what has the
/// same place in all but the first dimension. Source: sd-mecha.
enum CosineShare implements TensorMethod {
  BY_COLUMN(
      "add_cosine_a",
      "(1 - k) A + k B, k = 1 - clamp(s - alpha, 0, 1), s the cosine between the two columns"),
  BY_COLUMN_AND_WHOLE(
      "add_cosine_b",
      "as add_cosine_a, s the mean of the cosine between the two columns and that between the two"
          + " tensors");

  private static final int BLOCK = 4096;

  private final MethodInfo info;

  CosineShare(String name, String formula) {
    this.info =
        new MethodInfo(
            name,
            formula,
            Models.of("a", "b"),
            List.of(
                new Parameter.Real(
                    "alpha",
                    0.5,
                    -1000,
                    1000,
                    "what is taken from the likeness before it keeps A")),
            "sd-mecha, " + name);
  }

  @Override
  public MethodInfo info() {
    return info;
  }

  @Override
  public long heapBytes(Setting setting) {
    return 3L * Double.BYTES * columns(setting) + 2L * Float.BYTES * BLOCK;
  }

  private static long columns(Setting setting) {
    return setting.shape().rank() == 0
        ? 1
        : setting.shape().elementCount() / setting.shape().dimension(0);
  }

  @Override
  public void apply(TensorCall call) {
    int columns = Math.toIntExact(columns(call.setting()));
    double[] shares = shares(call, columns);
    float[] x = new float[BLOCK];
    float[] y = new float[BLOCK];
    long count = call.output().count();
    for (long first = 0; first < count; first += BLOCK) {
      int length = (int) Math.min(BLOCK, count - first);
      call.input(0).read(first, x, 0, length);
      call.input(1).read(first, y, 0, length);
      for (int i = 0; i < length; i++) {
        float share = (float) shares[(int) ((first + i) % columns)];
        x[i] = (1 - share) * x[i] + share * y[i];
      }
      call.output().write(first, x, 0, length);
    }
  }

  private double[] shares(TensorCall call, int columns) {
    WholeTensor a = call.input(0);
    WholeTensor b = call.input(1);
    double[] dots = new double[columns];
    double[] squaresA = new double[columns];
    double[] squaresB = new double[columns];
    float[] x = new float[BLOCK];
    float[] y = new float[BLOCK];
    for (long first = 0; first < a.count(); first += BLOCK) {
      int length = (int) Math.min(BLOCK, a.count() - first);
      a.read(first, x, 0, length);
      b.read(first, y, 0, length);
      for (int i = 0; i < length; i++) {
        int column = (int) ((first + i) % columns);
        dots[column] += (double) x[i] * y[i];
        squaresA[column] += (double) x[i] * x[i];
        squaresB[column] += (double) y[i] * y[i];
      }
    }
    double whole = cosine(sum(dots), sum(squaresA), sum(squaresB));
    double alpha = call.setting().real("alpha");
    for (int column = 0; column < columns; column++) {
      double own = cosine(dots[column], squaresA[column], squaresB[column]);
      double alike =
          switch (this) {
            case BY_COLUMN -> own;
            case BY_COLUMN_AND_WHOLE -> (own + whole) / 2;
          };
      dots[column] = 1 - Math.clamp(alike - alpha, 0, 1);
    }
    return dots;
  }

  private static double sum(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }

  /// 0 if there is no angle.
  static double cosine(double dot, double squaresA, double squaresB) {
    double lengths = Math.sqrt(squaresA) * Math.sqrt(squaresB);
    return lengths == 0 ? 0 : dot / lengths;
  }
}
