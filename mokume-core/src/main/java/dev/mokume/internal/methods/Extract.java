package dev.mokume.internal.methods;

import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.TensorMethod;
import java.util.List;

/// What two task vectors have in common, or what tells them apart, row by row. Source: supermerger,
/// extract.
final class Extract implements TensorMethod {
  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "extract",
        "base + scale ((1 - alpha) a + alpha b) ((1 - beta) d + beta (1 - d)), a and b being A and"
            + " B minus base, d = ((1 + the cosine between their rows) / 2)^gamma",
        Models.of("a", "b").asDeltas(),
        List.of(
            Parameter.share("alpha", 0.5, "the share of B"),
            Parameter.share("beta", 0, "0 takes what is alike, 1 what is not"),
            new Parameter.Real("gamma", 1, 0, 1000, "how strictly alike is meant")),
        "supermerger, extract");
  }

  @Override
  public long heapBytes(Setting setting) {
    return 2L * Float.BYTES * Rows.length(setting.shape());
  }

  @Override
  public void apply(TensorCall call) {
    Setting setting = call.setting();
    float shareA = (float) (1 - setting.real("alpha"));
    float shareB = (float) setting.real("alpha");
    double beta = setting.real("beta");
    double gamma = setting.real("gamma");
    Rows.each(
        call,
        (rows, length) -> {
          double dot = 0;
          double squaresA = 0;
          double squaresB = 0;
          for (int i = 0; i < length; i++) {
            dot += (double) rows[0][i] * rows[1][i];
            squaresA += (double) rows[0][i] * rows[0][i];
            squaresB += (double) rows[1][i] * rows[1][i];
          }
          double cosine = Math.clamp(CosineShare.cosine(dot, squaresA, squaresB), -1, 1);
          double alike = StrictMath.pow((cosine + 1) / 2, gamma);
          float factor = (float) ((1 - beta) * alike + beta * (1 - alike));
          for (int i = 0; i < length; i++) {
            rows[0][i] = (shareA * rows[0][i] + shareB * rows[1][i]) * factor;
          }
        });
  }
}
