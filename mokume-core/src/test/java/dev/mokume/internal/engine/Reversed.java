package dev.mokume.internal.engine;

import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.RandomNumbers;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.TensorMethod;
import java.util.List;

/// A method for tests that needs tensors whole: A from the end to the start, plus a share of B,
/// plus a random number.
enum Reversed implements TensorMethod {
  METHOD;

  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "reversed",
        "A backwards + share B + r",
        Models.of("a", "b"),
        List.of(Parameter.share("share", 0.5, "of B"), Parameter.seed(1)),
        "");
  }

  @Override
  public long heapBytes(Setting setting) {
    return Float.BYTES * setting.shape().elementCount();
  }

  @Override
  public int streams(Setting setting) {
    return 1;
  }

  @Override
  public void apply(TensorCall call) {
    float share = (float) call.setting().real("share");
    int count = Math.toIntExact(call.output().count());
    float[] drawn = new float[count];
    RandomNumbers random = call.random(0, count);
    int some = count / 3;
    random.uniform(drawn, some);
    float[] rest = new float[count - some];
    random.uniform(rest, rest.length);
    System.arraycopy(rest, 0, drawn, some, rest.length);
    for (int i = 0; i < count; i++) {
      float sum = call.input(0).get(count - 1 - i) + share * call.input(1).get(i);
      call.output().set(i, sum + drawn[i]);
    }
  }
}
