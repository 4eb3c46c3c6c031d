package dev.mokume.sample;

import dev.mokume.plugin.ElementKernel;
import dev.mokume.plugin.ElementMethod;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.Statistic;
import java.util.List;

/// Of each element the change that is larger, once the second model's changes are scaled to the
/// mean size of the first's. Element by element: no tensor is in memory whole, and a first pass
/// measures the two sums.
final class LargerChange implements ElementMethod {
  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "larger_change",
        "base + the larger of a and s b in magnitude, a and b being A and B minus base, s what"
            + " makes their magnitudes sum to the same",
        Models.of("a", "b").asDeltas(),
        List.of(new Parameter.Flag("matched", true, "whether b is scaled at all")),
        "samples/java-plugin");
  }

  @Override
  public List<Statistic> statistics(Setting setting) {
    return List.of(new Statistic.SumOfMagnitudes(0), new Statistic.SumOfMagnitudes(1));
  }

  @Override
  public ElementKernel kernel(Setting setting, double[] statistics) {
    boolean matched = setting.flag("matched") && statistics[1] > 0;
    float scale = matched ? (float) (statistics[0] / statistics[1]) : 1;
    return (inputs, out, _, count) -> {
      for (int i = 0; i < count; i++) {
        float a = inputs[0][i];
        float b = scale * inputs[1][i];
        out[i] = Math.abs(b) > Math.abs(a) ? b : a;
      }
    };
  }
}
