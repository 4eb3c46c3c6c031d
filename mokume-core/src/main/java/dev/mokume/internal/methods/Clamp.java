package dev.mokume.internal.methods;

import dev.mokume.plugin.ElementKernel;
import dev.mokume.plugin.ElementMethod;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.Setting;
import java.util.List;

/// The first model, kept within the range of the others. Source: sd-mecha, clamp.
final class Clamp implements ElementMethod {
  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "clamp",
        "the first model, but not beyond the least and the greatest of the others; with stiffness"
            + " not beyond those on either side of their mean that lie next to it",
        Models.atLeast(2),
        List.of(
            Parameter.share(
                "stiffness", 0, "how far the bounds move towards the mean of the others")),
        "sd-mecha, clamp");
  }

  @Override
  public ElementKernel kernel(Setting setting, double[] statistics) {
    float stiffness = (float) setting.real("stiffness");
    float rest = (float) (1 - setting.real("stiffness"));
    return (inputs, out, _, count) -> {
      for (int i = 0; i < count; i++) {
        float greatest = inputs[1][i];
        float least = inputs[1][i];
        float sum = inputs[1][i];
        for (int model = 2; model < inputs.length; model++) {
          float value = inputs[model][i];
          greatest = Math.max(greatest, value);
          least = Math.min(least, value);
          sum += value;
        }
        if (stiffness != 0) {
          float mean = sum / (inputs.length - 1);
          float above = greatest;
          float below = least;
          for (int model = 1; model < inputs.length; model++) {
            float value = inputs[model][i];
            above = value >= mean ? Math.min(above, value) : above;
            below = value <= mean ? Math.max(below, value) : below;
          }
          greatest = rest * greatest + stiffness * above;
          least = rest * least + stiffness * below;
        }
        out[i] = Math.min(Math.max(inputs[0][i], least), greatest);
      }
    };
  }
}
