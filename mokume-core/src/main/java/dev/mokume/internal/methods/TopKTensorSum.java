package dev.mokume.internal.methods;

import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.TensorMethod;
import dev.mokume.plugin.WholeTensor;
import java.util.Arrays;
import java.util.List;

/// A's numbers put in the order of B's, within a band of magnitudes. Source: sd-mecha,
/// top_k_tensor_sum.
final class TopKTensorSum implements TensorMethod {
  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "top_k_tensor_sum",
        "A; but an element whose rank in B is that of a number of A within the band of magnitudes"
            + " becomes that number",
        Models.of("a", "b"),
        List.of(
            new Parameter.Real("width", 1, -1000, 1000, "the band's share of all magnitudes of A"),
            new Parameter.Real("offset", 0, -1000, 1000, "where it begins, modulo 1")),
        "sd-mecha, top_k_tensor_sum");
  }

  @Override
  public long heapBytes(Setting setting) {
    return setting.shape().elementCount() * (Long.BYTES + 2L * Float.BYTES);
  }

  @Override
  public void apply(TensorCall call) {
    WholeTensor a = call.input(0);
    WholeTensor out = call.output();
    int count = Math.toIntExact(a.count());
    float[] sorted = new float[count];
    a.read(0, sorted, 0, count);
    Arrays.sort(sorted);
    float[] magnitudes = new float[count];
    for (int i = 0; i < count; i++) {
      magnitudes[i] = Math.abs(sorted[i]);
    }
    Arrays.sort(magnitudes);
    Region band = Region.of(call.setting().real("width"), call.setting().real("offset"), count);
    float least = magnitude(magnitudes, band.from());
    float most = magnitude(magnitudes, band.to());
    long[] order = Ranks.order(call.input(1));
    for (int rank = 0; rank < count; rank++) {
      int element = (int) order[rank];
      float number = sorted[rank];
      boolean within = least <= Math.abs(number) && Math.abs(number) <= most;
      out.set(element, within != band.outside() ? number : a.get(element));
    }
  }

  /// The k-th least magnitude; below all for none.
  private static float magnitude(float[] ascending, long k) {
    return k <= 0 ? -1 : ascending[(int) k - 1];
  }
}
