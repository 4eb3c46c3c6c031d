package dev.mokume.method;

import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.TensorMethod;
import java.util.List;
import java.util.stream.IntStream;

/// The mean of [GramRule.Karcher] as mergekit computes it of small F32 tensors: in f32, step by
/// step, its sums in the order of [TorchSums].
///
/// Otherwise it comes to the same but for the last bits. Where the models point in opposite
/// directions, though, those bits alone say which way is taken from the one to the other, and the
/// result is another one altogether.
record FloatKarcher(int iterations, double tolerance) implements TensorMethod {
  /// Of more elements the bits are not mergekit's either, but the machine's.
  static final int MOST_ELEMENTS = TorchSums.ON_ONE_THREAD;

  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "karcher",
        "the direction nearest to all directions, as long as the mean of the lengths",
        Models.atLeast(2),
        List.of(),
        "mergekit, karcher");
  }

  @Override
  public long heapBytes(Setting setting) {
    int arrays = 2 * setting.inputs() + 3;
    return Float.BYTES * arrays * setting.shape().elementCount();
  }

  @Override
  public void apply(TensorCall call) {
    int models = call.setting().inputs();
    int count = Math.toIntExact(call.output().count());
    float[][] units = new float[models][count];
    float[] norms = new float[models];
    double length = 0;
    for (int model = 0; model < models; model++) {
      call.input(model).read(0, units[model], 0, count);
      norms[model] = TorchSums.norm(units[model]);
      divide(units[model], norms[model]);
      length += 1.0 / models * norms[model];
    }
    float[][] pointing =
        IntStream.range(0, models)
            .filter(model -> norms[model] > tolerance)
            .mapToObj(model -> units[model])
            .toArray(float[][]::new);
    float[] result = pointing.length == 0 ? new float[count] : mean(pointing, models);
    for (int i = 0; i < count; i++) {
      result[i] *= (float) length;
    }
    call.output().write(0, result, 0, count);
  }

  /// The mean of directions of length 1.
  ///
  /// @param models how many there were before those without a direction were left out
  private float[] mean(float[][] units, int models) {
    double share = 1.0 / models;
    double shares = 0;
    for (int i = 0; i < units.length; i++) {
      shares += share;
    }
    float weight = (float) (share / shares);
    float[] u = new float[units[0].length];
    for (float[] unit : units) {
      for (int i = 0; i < u.length; i++) {
        u[i] += weight * unit[i];
      }
    }
    float norm = TorchSums.norm(u);
    if (norm < tolerance) {
      u = units[0].clone();
    } else {
      divide(u, norm);
    }
    for (int step = 0; step < iterations; step++) {
      float[] tangent = tangent(u, units, weight);
      float angle = TorchSums.norm(tangent);
      if (angle < tolerance) {
        break;
      }
      float rest = (float) StrictMath.cos(angle);
      float along = (float) StrictMath.sin(angle);
      for (int i = 0; i < u.length; i++) {
        u[i] = rest * u[i] + along * (tangent[i] / angle);
      }
      divide(u, TorchSums.norm(u));
    }
    return u;
  }

  /// The mean of the ways from u to the directions, each as long as its angle.
  private float[] tangent(float[] u, float[][] units, float weight) {
    float[] tangent = new float[u.length];
    for (float[] unit : units) {
      float dot = Math.clamp(TorchSums.dot(u, unit), -1f, 1f);
      float angle = (float) StrictMath.acos(dot);
      if (angle < tolerance) {
        continue;
      }
      float factor = weight * (angle / (float) StrictMath.sin(angle));
      for (int i = 0; i < u.length; i++) {
        tangent[i] += factor * (unit[i] - dot * u[i]);
      }
    }
    return tangent;
  }

  /// By its length, if it has one.
  private static void divide(float[] x, float norm) {
    for (int i = 0; norm != 0 && i < x.length; i++) {
      x[i] /= norm;
    }
  }
}
