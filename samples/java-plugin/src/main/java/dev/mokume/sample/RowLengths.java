package dev.mokume.sample;

import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.TensorMethod;
import dev.mokume.tensor.Shape;
import java.util.List;

/// The directions of A's rows with the lengths of B's, or something between. Given tensors whole,
/// since a row may be longer than a block.
final class RowLengths implements TensorMethod {
  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "row_lengths",
        "each row of A, as long as (1 - alpha) |its own| + alpha |that of B|",
        Models.of("a", "b"),
        List.of(Parameter.share("alpha", 1, "the share of B's length")),
        "samples/java-plugin");
  }

  private static int length(Shape shape) {
    return shape.rank() == 0 ? 1 : Math.toIntExact(shape.dimension(shape.rank() - 1));
  }

  @Override
  public long heapBytes(Setting setting) {
    return 2L * Float.BYTES * length(setting.shape());
  }

  @Override
  public void apply(TensorCall call) {
    int length = length(call.setting().shape());
    double alpha = call.setting().real("alpha");
    float[] a = new float[length];
    float[] b = new float[length];
    for (long first = 0; first < call.output().count(); first += length) {
      call.input(0).read(first, a, 0, length);
      call.input(1).read(first, b, 0, length);
      double own = norm(a);
      double wanted = (1 - alpha) * own + alpha * norm(b);
      float scale = own == 0 ? 1 : (float) (wanted / own);
      for (int i = 0; i < length; i++) {
        a[i] *= scale;
      }
      call.output().write(first, a, 0, length);
    }
  }

  private static double norm(float[] row) {
    double squares = 0;
    for (float value : row) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }
}
