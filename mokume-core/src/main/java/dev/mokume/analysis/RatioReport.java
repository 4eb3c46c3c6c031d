package dev.mokume.analysis;

import dev.mokume.method.DiffusionName;
import java.util.Map;
import java.util.TreeMap;

/// The ratio of each layer, as ComfyUI-DareMerge's Gradient Reporting says it.
public final class RatioReport {
  private RatioReport() {}

  /// A line for each layer, `diffusion_model.out.2.bias: 0.70`, in [ReportOrder].
  ///
  /// @param ratios by tensor name; told as they are, so of the first model's share, whose number
  ///   the nodes call ratio, that share has to be given
  public static String of(Map<String, Double> ratios) {
    Map<String, Double> lines = new TreeMap<>(ReportOrder.BY_KEY.thenComparing(name -> name));
    ratios.forEach((name, ratio) -> lines.put(DiffusionName.inMemory(name), ratio));
    StringBuilder text = new StringBuilder();
    lines.forEach(
        (name, ratio) -> text.append(name).append(": ").append(TwoDecimals.of(ratio)).append('\n'));
    return text.toString();
  }
}
