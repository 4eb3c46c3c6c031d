package dev.mokume.internal.methods;

import dev.mokume.plugin.ElementKernel;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.Statistic;
import java.util.List;

/// Methods that take two tensors for vectors. Source: sd-mecha.
final class Directions {
  private static final List<Statistic> ANGLE =
      List.of(
          new Statistic.SumOfSquares(0), new Statistic.SumOfSquares(1), new Statistic.Dot(0, 1));

  private Directions() {}

  static List<Elementwise> all() {
    return List.of(
        new Elementwise(
            new MethodInfo(
                "slerp_magnitude",
                "along the arc between the directions of A and B; the length is"
                    + " (1 - alpha) |A| + alpha |B|",
                Models.of("a", "b"),
                List.of(Parameter.share("alpha", 0.5, "the share of B")),
                "sd-mecha, slerp"),
            ANGLE,
            Directions::slerp),
        new Elementwise(
            new MethodInfo(
                "perpendicular",
                "base + scale (b - a <a, b> / <a, a>), a and b being A and B minus base: what of b"
                    + " is perpendicular to a",
                Models.of("a", "b").asDeltas(),
                List.of(),
                "sd-mecha, perpendicular_component"),
            ANGLE,
            (_, statistics) -> {
              double along = along(statistics);
              return blend(-along, 1);
            }),
        new Elementwise(
            new MethodInfo(
                "add_perpendicular",
                "base + scale (a + alpha (b - a <a, b> / <a, a>)), a and b being A and B minus"
                    + " base",
                Models.of("a", "b").asDeltas(),
                List.of(
                    new Parameter.Real(
                        "alpha", 1, -100, 100, "the factor of what is perpendicular")),
                "sd-mecha, add_perpendicular"),
            ANGLE,
            (setting, statistics) -> {
              double alpha = setting.real("alpha");
              return blend(1 - alpha * along(statistics), alpha);
            }));
  }

  private static ElementKernel slerp(Setting setting, double[] statistics) {
    double alpha = setting.real("alpha");
    double a = Math.sqrt(statistics[0]);
    double b = Math.sqrt(statistics[1]);
    double angle = StrictMath.acos(Math.clamp(statistics[2] / (a * b), -1, 1));
    double length = (1 - alpha) * a + alpha * b;
    double first = StrictMath.sin((1 - alpha) * angle) / StrictMath.sin(angle) * length / a;
    double later = StrictMath.sin(alpha * angle) / StrictMath.sin(angle) * length / b;
    // Neither a vector without a direction nor two alike have an arc between them.
    return Double.isFinite(first) && Double.isFinite(later)
        ? blend(first, later)
        : blend(1 - alpha, alpha);
  }

  /// How much of a is in b; none if a is zero.
  private static double along(double[] statistics) {
    return statistics[0] == 0 ? 0 : statistics[2] / statistics[0];
  }

  private static ElementKernel blend(double first, double later) {
    float x = (float) first;
    float y = (float) later;
    return (inputs, out, _, count) -> {
      float[] a = inputs[0];
      float[] b = inputs[1];
      for (int i = 0; i < count; i++) {
        out[i] = x * a[i] + y * b[i];
      }
    };
  }
}
