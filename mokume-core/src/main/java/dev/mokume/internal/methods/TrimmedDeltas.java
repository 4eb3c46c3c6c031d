package dev.mokume.internal.methods;

import dev.mokume.plugin.RandomNumbers;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The inputs of a call, thinned at random and trimmed to their greatest elements, row by row.
final class TrimmedDeltas implements RowPass {
  private final TensorCall call;
  private final float keep;

  /// For each input the least magnitude that stays.
  private final float[] thresholds;

  /// For each input the probability with which each element is kept, where they differ.
  private final float @Nullable [][] probabilities;

  TrimmedDeltas(TensorCall call) {
    Setting setting = call.setting();
    int models = setting.inputs();
    long count = setting.shape().elementCount();
    this.call = call;
    this.keep = 1 - (float) setting.real("drop_rate");
    this.probabilities = keep < 1 && setting.real("della") > 0 ? probabilities() : null;
    this.thresholds = new float[models];
    long k = Math.max(1, (long) ((1 - setting.real("density")) * count));
    for (int model = 0; model < models; model++) {
      Thinned thinned = new Thinned(model);
      thresholds[model] = KthMagnitude.of(thinned::read, count, k);
    }
  }

  /// The bytes of arrays that these take.
  static long heapBytes(Setting setting) {
    boolean ranked = setting.real("drop_rate") > 0 && setting.real("della") > 0;
    return ranked
        ? setting.shape().elementCount() * (Long.BYTES + (long) Float.BYTES * setting.inputs())
        : 0;
  }

  /// The greater an element is among its own, the likelier it is kept.
  private float[][] probabilities() {
    float width = (float) call.setting().real("della");
    float[][] all = new float[call.setting().inputs()][];
    for (int model = 0; model < all.length; model++) {
      long[] order = Ranks.orderOfMagnitudes(call.input(model));
      int count = order.length;
      float middle = (float) ((count + 1) / (count * 2.0));
      all[model] = new float[count];
      for (int rank = 0; rank < count; rank++) {
        float shift = ((rank + 1f) / count - middle) * width;
        all[model][(int) order[rank]] = Math.clamp(keep + shift, 0, 1);
      }
    }
    return all;
  }

  @Override
  public void each(Visitor visitor) {
    int length = Rows.length(call.setting().shape());
    float[][] rows = new float[thresholds.length][length];
    Thinned[] inputs = new Thinned[thresholds.length];
    Arrays.setAll(inputs, Thinned::new);
    for (long first = 0; first < call.output().count(); first += length) {
      for (int model = 0; model < rows.length; model++) {
        float[] row = rows[model];
        inputs[model].read(first, row, length);
        for (int i = 0; i < length; i++) {
          row[i] = Math.abs(row[i]) >= thresholds[model] ? row[i] : 0;
        }
      }
      visitor.visit(first, rows, length);
    }
  }

  /// An input with what is dropped as 0, read from the start to the end, once or more.
  private final class Thinned {
    private final int model;
    private @Nullable RandomNumbers random;
    private float[] drawn = new float[0];

    Thinned(int model) {
      this.model = model;
    }

    void read(long first, float[] into, int count) {
      call.input(model).read(first, into, 0, count);
      if (keep == 1) {
        return;
      }
      RandomNumbers numbers = random;
      if (first == 0 || numbers == null) {
        numbers = call.random(model, call.output().count());
        random = numbers;
      }
      if (drawn.length < count) {
        drawn = new float[count];
      }
      numbers.uniform(drawn, count);
      for (int i = 0; i < count; i++) {
        float probability = probabilities == null ? keep : probabilities[model][(int) first + i];
        into[i] = drawn[i] < probability ? into[i] : 0;
      }
    }
  }
}
