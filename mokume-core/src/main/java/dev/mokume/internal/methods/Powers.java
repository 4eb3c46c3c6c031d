package dev.mokume.internal.methods;

import dev.mokume.plugin.ElementKernel;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import java.util.List;

/// Products of powers. A power of a negative number is complex, of its principal value; the real
/// part of the product counts. Source: sd-mecha.
final class Powers {
  private Powers() {}

  static List<Elementwise> all() {
    return List.of(
        new Elementwise(
            new MethodInfo(
                "geometric_sum",
                "the real part of A^(1 - alpha) B^alpha",
                Models.of("a", "b"),
                List.of(Parameter.share("alpha", 0.5, "the share of B")),
                "sd-mecha, geometric_sum"),
            List.of(),
            (setting, _) -> geometricSum(setting.real("alpha"))),
        new Elementwise(
            new MethodInfo(
                "multiply_quotient",
                "the real part of A (B / C)^(alpha g), g = max(0, -ln|A/C| ln|B/C| / the greater"
                    + " square of the two)",
                Models.of("a", "b", "c"),
                List.of(new Parameter.Real("alpha", 1, -100, 100, "the factor of the exponent")),
                "sd-mecha, multiply_quotient"),
            List.of(),
            (setting, _) -> multiplyQuotient(setting.real("alpha"))));
  }

  private static ElementKernel geometricSum(double alpha) {
    return (inputs, out, _, count) -> {
      float[] a = inputs[0];
      float[] b = inputs[1];
      for (int i = 0; i < count; i++) {
        double size =
            StrictMath.pow(Math.abs(a[i]), 1 - alpha) * StrictMath.pow(Math.abs(b[i]), alpha);
        double turn = (a[i] < 0 ? 1 - alpha : 0) + (b[i] < 0 ? alpha : 0);
        out[i] = (float) (size * StrictMath.cos(Math.PI * turn));
      }
    };
  }

  private static ElementKernel multiplyQuotient(double alpha) {
    return (inputs, out, _, count) -> {
      float[] a = inputs[0];
      float[] b = inputs[1];
      float[] c = inputs[2];
      for (int i = 0; i < count; i++) {
        double logA = StrictMath.log(Math.abs((double) a[i] / c[i]));
        double logB = StrictMath.log(Math.abs((double) b[i] / c[i]));
        double larger = Math.max(Math.abs(logA), Math.abs(logB));
        double gate = -logA * logB / (larger * larger);
        // A zero among the three has no logarithm: A stays.
        double exponent = gate > 0 ? alpha * gate : 0;
        double turn = b[i] < 0 != c[i] < 0 ? exponent : 0;
        double factor = exponent == 0 ? 1 : StrictMath.exp(exponent * logB);
        out[i] = (float) (a[i] * factor * StrictMath.cos(Math.PI * turn));
      }
    };
  }
}
