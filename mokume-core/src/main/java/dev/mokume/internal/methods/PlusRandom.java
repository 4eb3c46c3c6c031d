package dev.mokume.internal.methods;

import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.RandomNumbers;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.TensorMethod;
import java.util.List;

/// Normal noise, as it is. Source: supermerger, plus random.
final class PlusRandom implements TensorMethod {
  private static final int BLOCK = 4096;

  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "plus_random",
        "A + alpha r, r normal of mean 0 and deviation 1",
        Models.of("a"),
        List.of(
            new Parameter.Real("alpha", 0.01, -100, 100, "the deviation of the noise"),
            Parameter.seed(1)),
        "supermerger, plus random");
  }

  @Override
  public long heapBytes(Setting setting) {
    return 4L * Float.BYTES * BLOCK;
  }

  @Override
  public int streams(Setting setting) {
    return 1;
  }

  @Override
  public void apply(TensorCall call) {
    float alpha = (float) call.setting().real("alpha");
    long count = call.output().count();
    RandomNumbers random = call.random(0, count);
    float[] values = new float[BLOCK];
    float[] noise = new float[BLOCK];
    for (long first = 0; first < count; first += BLOCK) {
      int length = (int) Math.min(BLOCK, count - first);
      call.input(0).read(first, values, 0, length);
      random.normal(noise, length);
      for (int i = 0; i < length; i++) {
        values[i] += alpha * noise[i];
      }
      call.output().write(first, values, 0, length);
    }
  }
}
