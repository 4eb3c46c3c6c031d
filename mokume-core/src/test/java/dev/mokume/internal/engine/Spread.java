package dev.mokume.internal.engine;

import dev.mokume.plugin.ElementKernel;
import dev.mokume.plugin.ElementMethod;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.Setting;
import java.util.List;

/// An element-wise method for tests: what it makes of an element depends on its place, on both
/// inputs, on a parameter and on a statistic, and it writes before it has read everything.
enum Spread implements ElementMethod {
  METHOD;

  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "spread",
        "share A + place B + statistic",
        Models.of("a", "b"),
        List.of(Parameter.share("share", 0.5, "of A")),
        "");
  }

  @Override
  public ElementKernel kernel(Setting setting, double[] statistics) {
    float share = (float) setting.real("share");
    float number = (float) statistics[0];
    return (inputs, out, first, count) -> {
      for (int i = 0; i < count; i++) {
        out[i] = number;
      }
      for (int i = 0; i < count; i++) {
        out[i] += share * inputs[0][i] + (first + i) % 7 * inputs[1][i];
      }
    };
  }
}
