package dev.mokume.internal.methods;

import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.TensorMethod;
import java.util.List;

/// Task vectors, thinned at random if asked, trimmed to their greatest elements, of which those
/// with the elected sign are combined. Source: sd-mecha, ties_sum, ties_sum_extended and
/// ties_sum_with_dropout.
final class TiesSum implements TensorMethod {
  private static final String MASS = "mass";
  private static final String COUNT = "count";
  private static final String MEAN = "mean";
  private static final String STOCK = "stock";
  private static final String MEDIAN = "median";

  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "ties_sum",
        "base + scale x; x combines, element by element, those of the trimmed deltas that have the"
            + " elected sign",
        Models.atLeast(1).asDeltas(),
        List.of(
            Parameter.share("density", 0.2, "the share of each delta that is kept, the greatest"),
            new Parameter.Choice(
                "election", List.of(MASS, COUNT), "by the sum of values, or of signs"),
            new Parameter.Choice(
                "combine",
                List.of(MEAN, STOCK, MEDIAN),
                "the mean; the mean times model stock's factor, row by row; or the geometric"
                    + " median"),
            Parameter.share("drop_rate", 0, "the share of each delta that is dropped before"),
            new Parameter.Real(
                "della", 0, 0, 1, "how much less often the greatest is dropped than the least"),
            new Parameter.Flag("rescale", true, "whether to divide by the share not dropped"),
            Parameter.seed(1)),
        "sd-mecha, ties_sum_extended; arXiv:2306.01708");
  }

  @Override
  public long heapBytes(Setting setting) {
    return KthMagnitude.heapBytes()
        + TrimmedDeltas.heapBytes(setting)
        + (long) Float.BYTES * Rows.length(setting.shape()) * setting.inputs() * 2;
  }

  @Override
  public int streams(Setting setting) {
    return setting.real("drop_rate") > 0 ? setting.inputs() : 0;
  }

  @Override
  public void apply(TensorCall call) {
    Setting setting = call.setting();
    TrimmedDeltas trimmed = new TrimmedDeltas(call);
    int models = setting.inputs();
    boolean byMass = setting.choice("election").equals(MASS);
    RowPass elected =
        visitor ->
            trimmed.each((first, rows, length) -> {
              elect(rows, length, byMass);
              visitor.visit(first, rows, length);
            });
    double[] median =
        setting.choice("combine").equals(MEDIAN)
            ? new Weiszfeld(1e-6, 1e-9, 100).weights(elected, models)
            : new double[0];
    float rest = (float) (1 - setting.real("drop_rate"));
    boolean divides = setting.flag("rescale") && rest > 0 && rest < 1;
    elected.each((first, rows, length) -> {
      switch (setting.choice("combine")) {
        case STOCK -> mean(rows, length, models == 1 ? 1 : ModelStockRows.factor(rows, length));
        case MEDIAN -> Weiszfeld.sum(rows, median, length);
        default -> mean(rows, length, 1);
      }
      for (int i = 0; i < length && divides; i++) {
        rows[0][i] /= rest;
      }
      call.output().write(first, rows[0], 0, length);
    });
  }

  /// Zeroes what does not have the sign that the models together have.
  private static void elect(float[][] rows, int length, boolean byMass) {
    for (int i = 0; i < length; i++) {
      float sum = 0;
      for (float[] row : rows) {
        sum += byMass ? row[i] : Math.signum(row[i]);
      }
      float sign = Math.signum(sum);
      for (float[] row : rows) {
        row[i] = Math.signum(row[i]) == sign ? row[i] : 0;
      }
    }
  }

  /// The mean of what is left at each place, into the first row; 0 where nothing is.
  private static void mean(float[][] rows, int length, double factor) {
    for (int i = 0; i < length; i++) {
      float sum = 0;
      int left = 0;
      for (float[] row : rows) {
        sum += row[i];
        left += row[i] != 0 ? 1 : 0;
      }
      float value = left == 0 ? 0 : sum * (float) factor / left;
      rows[0][i] = Float.isFinite(value) ? value : 0;
    }
  }
}
