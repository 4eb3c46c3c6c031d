package dev.mokume.internal.methods;

import dev.mokume.plugin.ElementKernel;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import java.util.List;

/// Sums of three models with two shares, and one of one. Source: supermerger.
final class Sums {
  private static final List<String> KEPT = List.of("to_out", "proj_out", "norm");
  private static final Parameter ALPHA = Parameter.share("alpha", 0.5, "the share of B");
  private static final Parameter BETA = Parameter.share("beta", 0.5, "the share of C");

  private Sums() {}

  static List<Elementwise> all() {
    return List.of(
        new Elementwise(
            new MethodInfo(
                "triple_sum",
                "(1 - alpha - beta) A + alpha B + beta C",
                Models.of("a", "b", "c"),
                List.of(ALPHA, BETA),
                "supermerger, Triple sum"),
            List.of(),
            (setting, _) -> {
              double alpha = setting.real("alpha");
              double beta = setting.real("beta");
              return sum(1 - alpha - beta, alpha, beta);
            }),
        new Elementwise(
            new MethodInfo(
                "sum_twice",
                "(1 - beta) ((1 - alpha) A + alpha B) + beta C",
                Models.of("a", "b", "c"),
                List.of(ALPHA, BETA),
                "supermerger, sum Twice"),
            List.of(),
            (setting, _) -> {
              double alpha = setting.real("alpha");
              double beta = setting.real("beta");
              return sum((1 - beta) * (1 - alpha), (1 - beta) * alpha, beta);
            }),
        new Elementwise(
            new MethodInfo(
                "self",
                "alpha A, but A where the name has " + String.join(", ", KEPT),
                Models.of("a"),
                List.of(new Parameter.Real("alpha", 1, -100, 100, "the factor")),
                "supermerger, self"),
            List.of(),
            (setting, _) ->
                scaled(
                    KEPT.stream().anyMatch(setting.tensor()::contains)
                        ? 1
                        : setting.real("alpha"))));
  }

  private static ElementKernel sum(double first, double second, double third) {
    float x = (float) first;
    float y = (float) second;
    float z = (float) third;
    return (inputs, out, _, count) -> {
      float[] a = inputs[0];
      float[] b = inputs[1];
      float[] c = inputs[2];
      for (int i = 0; i < count; i++) {
        out[i] = x * a[i] + y * b[i] + z * c[i];
      }
    };
  }

  private static ElementKernel scaled(double factor) {
    float x = (float) factor;
    return (inputs, out, _, count) -> {
      float[] a = inputs[0];
      for (int i = 0; i < count; i++) {
        out[i] = x * a[i];
      }
    };
  }
}
