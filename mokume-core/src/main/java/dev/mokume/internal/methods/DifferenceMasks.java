package dev.mokume.internal.methods;

import dev.mokume.plugin.ElementKernel;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import java.util.ArrayList;
import java.util.List;

/// Factors for the difference B - C, element by element, and A with the difference so weighed.
/// Source: sd-mecha; the first is also supermerger's trainDifference.
final class DifferenceMasks {
  private static final String NAME_OF_FACTORS = "%s_mask";

  /// A factor without alpha; 0 where the formula divides by 0.
  private interface Factor {
    float of(float a, float b, float c);
  }

  private DifferenceMasks() {}

  static List<Elementwise> all() {
    List<Elementwise> all = new ArrayList<>();
    add(
        all,
        "train_difference",
        "1.8 |B - A| / (|B - A| + |B - C|)",
        (a, b, c) -> {
          float moved = Math.abs(b - a);
          return 1.8f * quotient(moved, moved + Math.abs(b - c));
        });
    add(
        all,
        "add_opposite",
        "2 |A - B| / (|A - B| + |A + B - 2 C|)",
        (a, b, c) -> {
          float apart = Math.abs(a - b);
          return 2 * quotient(apart, apart + Math.abs(a + b - 2 * c));
        });
    add(
        all,
        "add_strict_opposite",
        "2 max(0, (C - A) (B - C) / max(|A - C|, |B - C|)^2)",
        (a, b, c) -> {
          float larger = Math.max(Math.abs(a - c), Math.abs(b - c));
          return 2 * Math.max(0, quotient((c - a) * (b - c), larger * larger));
        });
    return all;
  }

  private static float quotient(float above, float below) {
    return below == 0 ? 0 : above / below;
  }

  private static void add(List<Elementwise> all, String name, String formula, Factor factor) {
    List<Parameter> parameters =
        List.of(new Parameter.Real("alpha", 1, -100, 100, "the factor of the difference"));
    Models models = Models.of("a", "b", "c");
    all.add(
        new Elementwise(
            new MethodInfo(
                name,
                "A + alpha f (B - C), f = " + formula,
                models,
                parameters,
                "sd-mecha, add_difference with " + NAME_OF_FACTORS.formatted(name)),
            List.of(),
            (setting, _) -> merged((float) setting.real("alpha"), factor)));
    all.add(
        new Elementwise(
            new MethodInfo(
                NAME_OF_FACTORS.formatted(name),
                "alpha " + formula + ": the factors of " + name + " by themselves",
                models,
                parameters,
                "sd-mecha, " + NAME_OF_FACTORS.formatted(name)),
            List.of(),
            (setting, _) -> factors((float) setting.real("alpha"), factor)));
  }

  private static ElementKernel merged(float alpha, Factor factor) {
    return (inputs, out, _, count) -> {
      float[] a = inputs[0];
      float[] b = inputs[1];
      float[] c = inputs[2];
      for (int i = 0; i < count; i++) {
        out[i] = a[i] + alpha * factor.of(a[i], b[i], c[i]) * (b[i] - c[i]);
      }
    };
  }

  private static ElementKernel factors(float alpha, Factor factor) {
    return (inputs, out, _, count) -> {
      float[] a = inputs[0];
      float[] b = inputs[1];
      float[] c = inputs[2];
      for (int i = 0; i < count; i++) {
        out[i] = alpha * factor.of(a[i], b[i], c[i]);
      }
    };
  }
}
