package dev.mokume.internal.methods;

import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.TensorMethod;
import java.util.List;

/// The mean of task vectors, row by row the shorter the less they agree. Source: sd-mecha,
/// model_stock.
///
/// A row of zeros, as of a model that is the base, has no direction: it is at right angles to all
/// others, as in the source and in mergekit. With it the mean cosine of neighbours that disagree
/// comes to -1 / (n - 1), t's pole, where the way has any length, in the source infinity: such a
/// row goes no farther from the base than the farthest model's. Between models that all have a
/// direction t is the source's, and at the pole itself the base stays.
final class ModelStockRows implements TensorMethod {
  /// Rows that are shorter count as if they were as long.
  private static final double SHORTEST = 1e-6;

  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "model_stock_rows",
        "base + scale t mean(deltas), t = n c / (1 + (n - 1) c), c the mean cosine between rows of"
            + " neighbouring deltas",
        Models.atLeast(2).asDeltas(),
        List.of(),
        "sd-mecha, model_stock; arXiv:2403.19522");
  }

  @Override
  public long heapBytes(Setting setting) {
    return (long) Float.BYTES * Rows.length(setting.shape()) * setting.inputs();
  }

  @Override
  public void apply(TensorCall call) {
    Rows.each(
        call,
        (rows, length) -> {
          double way = way(rows, length);
          for (int i = 0; i < length; i++) {
            float value = (float) (way * mean(rows, i));
            rows[0][i] = Float.isFinite(value) ? value : 0;
          }
        });
  }

  /// The factor, but with a row of zeros, or nearly so, no more of the mean than is as long as the
  /// longest row.
  private static double way(float[][] rows, int length) {
    double factor = factor(rows, length);
    double longest = 0;
    double shortest = Double.MAX_VALUE;
    for (float[] row : rows) {
      double norm = norm(row, length);
      longest = Math.max(longest, norm);
      shortest = Math.min(shortest, norm);
    }
    if (shortest >= SHORTEST) {
      return factor;
    }
    double squares = 0;
    for (int i = 0; i < length; i++) {
      double mean = mean(rows, i);
      squares += mean * mean;
    }
    if (!Double.isFinite(factor) || squares == 0) {
      return 0;
    }
    double most = longest / Math.sqrt(squares);
    return Math.clamp(factor, -most, most);
  }

  private static double mean(float[][] rows, int place) {
    double sum = 0;
    for (float[] row : rows) {
      sum += row[place];
    }
    return sum / rows.length;
  }

  private static double norm(float[] row, int length) {
    double squares = 0;
    for (int i = 0; i < length; i++) {
      squares += (double) row[i] * row[i];
    }
    return Math.sqrt(squares);
  }

  /// How much of the mean of these rows is kept.
  static double factor(float[][] rows, int length) {
    double cosines = 0;
    for (int model = 0; model + 1 < rows.length; model++) {
      cosines += cosine(rows[model], rows[model + 1], length);
    }
    int models = rows.length;
    double cosine = cosines / (models - 1);
    return models * cosine / (1 + (models - 1) * cosine);
  }

  private static double cosine(float[] a, float[] b, int length) {
    double dot = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (int i = 0; i < length; i++) {
      dot += (double) a[i] * b[i];
      squaresA += (double) a[i] * a[i];
      squaresB += (double) b[i] * b[i];
    }
    return dot
        / (Math.max(Math.sqrt(squaresA), SHORTEST) * Math.max(Math.sqrt(squaresB), SHORTEST));
  }
}
