package dev.mokume.internal.methods;

import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.TensorMethod;
import java.util.List;

/// The tensor with the least sum of distances to those of all models. Source: sd-mecha,
/// geometric_median.
final class GeometricMedian implements TensorMethod {
  private static final int BLOCK = 4096;

  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "geometric_median",
        "the tensor whose distances to those of all models have the least sum",
        Models.atLeast(2),
        List.of(
            new Parameter.Real("eps", 1e-6, 1e-30, 1, "the closest distance that is told apart"),
            new Parameter.Real(
                "tolerance", 1e-9, 0, 1, "the relative change of the sum at which it ends"),
            new Parameter.Whole("iterations", 100, 0, 100_000, "how many there are at the most")),
        "sd-mecha, geometric_median (Weiszfeld)");
  }

  @Override
  public long heapBytes(Setting setting) {
    return (long) Float.BYTES * BLOCK * setting.inputs();
  }

  @Override
  public void apply(TensorCall call) {
    int models = call.setting().inputs();
    float[][] block = new float[models][BLOCK];
    long count = call.output().count();
    RowPass points =
        visitor -> {
          for (long first = 0; first < count; first += BLOCK) {
            int length = (int) Math.min(BLOCK, count - first);
            for (int model = 0; model < models; model++) {
              call.input(model).read(first, block[model], 0, length);
            }
            visitor.visit(first, block, length);
          }
        };
    double[] weights = of(call.setting()).weights(points, models);
    points.each((first, rows, length) -> {
      Weiszfeld.sum(rows, weights, length);
      call.output().write(first, rows[0], 0, length);
    });
  }

  private static Weiszfeld of(Setting setting) {
    return new Weiszfeld(
        setting.real("eps"), setting.real("tolerance"), setting.whole("iterations"));
  }
}
